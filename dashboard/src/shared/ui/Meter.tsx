/** A share from 0 to 1 as a bar with its number; without a number there is no bar. */
export function Meter({ share, text }: { readonly share: number | null; readonly text: string }) {
  return (
    <span className="meter">
      <span className="meter-bar">
        {share !== null && <span style={{ width: `${Math.min(100, Math.max(0, share * 100))}%` }} />}
      </span>
      <span className={share === null ? "meter-text faint" : "meter-text"}>{text}</span>
    </span>
  );
}
