import { PartyList } from "./components/PartyList";

/** Conversations with models, the latest first. */
export default function SessionsPage() {
  return <PartyList list="sessions" />;
}
