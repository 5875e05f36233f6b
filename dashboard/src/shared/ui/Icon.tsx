/** Icons of 16 by 16, drawn for this dashboard: strokes of the text's colour. */
const PATHS = {
  overview: "M2.5 9.5 5.5 6l3 3 5-5.5M2.5 13.5h11",
  traces: "M2.5 3.5h7M4.5 6.5h9M4.5 9.5h5M7.5 12.5h6",
  logs: "M3 3.5h10M3 6.5h10M3 9.5h6M3 12.5h8",
  metrics: "M2.5 13.5v-4M6 13.5v-8M9.5 13.5v-5M13 13.5v-11",
  gpus: "M3.5 4.5h9v7h-9zM6 7h4v2H6zM5 2.5v2M8 2.5v2M11 2.5v2M5 11.5v2M8 11.5v2M11 11.5v2",
  nodes: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1",
  analytics: "M2.5 13.5h11M4 11.5V7M7 11.5v-8M10 11.5V9M13 11.5V5",
  compare: "M2.5 3.5h11M2.5 6h4M2.5 10.5h8M2.5 13h6",
  scores: "M8 2.5l1.6 3.5 3.9.4-2.9 2.6.8 3.8L8 10.9l-3.4 1.9.8-3.8L2.5 6.4l3.9-.4z",
  cluster: "M2.5 2.5h3v3h-3zM6.5 2.5h3v3h-3zM10.5 2.5h3v3h-3zM2.5 6.5h3v3h-3zM6.5 6.5h3v3h-3zM10.5 6.5h3v3h-3z" +
    "M2.5 10.5h3v3h-3zM6.5 10.5h3v3h-3zM10.5 10.5h3v3h-3z",
  services: "M6 2.5h4v3H6zM2.5 10.5h4v3h-4zM9.5 10.5h4v3h-4zM8 5.5V8M4.5 10.5V8h7v2.5",
  energy: "M9 2 4 9h4l-1 5 5-7H8z",
  events: "M8 2.5v6M8 12v.2M3 14h10M3 2.5h1M12 2.5h1",
  alerts: "M4 11.5V7a4 4 0 0 1 8 0v4.5l1.5 1h-11zM7 14.5h2",
  gateway: "M8 2v12M2.5 5.5h4M2.5 10.5h4M9.5 8h4M11.5 6l2 2-2 2",
  drift: "M2.5 12c2 0 2-7 4.5-7s1.5 5 3.5 5 1.5-3 3-3M2.5 14h11",
  memory: "M4 2.5h8v11H4zM6.5 5.5h3M6.5 8h3M6.5 10.5h3",
  sessions: "M2.5 3h8v6h-4l-2.5 2V9h-1.5zM12 6h1.5v6H12v2l-2.5-2H7",
  users: "M8 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c0-2.5 2-4 5-4s5 1.5 5 4",
  settings: "M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6M10 2.5v4M6 9.5v4",
  left: "M10 3.5 5.5 8l4.5 4.5",
  right: "M6 3.5 10.5 8 6 12.5",
  refresh: "M13 8a5 5 0 1 1-1.5-3.5M13 2.5v3h-3",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3",
  zoomOut: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3M5 7h4",
  close: "M4 4l8 8M12 4l-8 8",
  narrow: "M3 3.5h10M3 12.5h10M3 8h6M11.5 6 9.5 8l2 2",
  wide: "M3 3.5h10M3 12.5h10M7 8h6M4.5 6l2 2-2 2",
  copy: "M5.5 5.5h8v8h-8zM3 10.5h-.5v-8h8V3",
  filter: "M2.5 3.5h11l-4 5v4l-3 1v-5z",
  up: "M3.5 10 8 5.5l4.5 4.5",
  down: "M3.5 6 8 10.5 12.5 6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
