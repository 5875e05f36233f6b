import type { ScoreTally } from "../../generated/api";
import { toNumber } from "../format/numbers";
import { useTranslate } from "../i18n/language";
import { scoreText } from "./scoreText";

interface Props {
  readonly scores: readonly ScoreTally[] | undefined;
  /** The most that are shown; the title of the last names the others. */
  readonly max?: number;
}

/** What people, models and programs judged: a badge for each name. */
export function Scores({ scores = [], max = scores.length }: Props) {
  const t = useTranslate();
  if (scores.length === 0) return null;
  const tell = (score: ScoreTally) => {
    const values = { name: score.name, n: toNumber(score.count) };
    return score.mean === null
      ? t("scores.latest", { ...values, value: scoreText(score) })
      : t("scores.mean", { ...values, mean: scoreText(score) });
  };
  const others = scores.slice(max);
  return (
    <span className="scores">
      {scores.slice(0, max).map((score) => (
        <span key={`${score.name} ${score.kind}`} className="badge score" title={tell(score)}>
          {score.name} <strong>{scoreText(score)}</strong>
        </span>
      ))}
      {others.length > 0 && (
        <span className="badge score" title={others.map(tell).join("\n")}>
          +{others.length}
        </span>
      )}
    </span>
  );
}
