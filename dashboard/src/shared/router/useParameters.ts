import { useMemo } from "react";
import { useLocation } from "./location";

/** The parameters of the view that is shown. */
export function useParameters(): URLSearchParams {
  const { search } = useLocation();
  return useMemo(() => new URLSearchParams(search), [search]);
}
