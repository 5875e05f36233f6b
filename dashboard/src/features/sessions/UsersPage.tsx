import { PartyList } from "./components/PartyList";

/** Who asked, the latest first. */
export default function UsersPage() {
  return <PartyList list="users" />;
}
