import { useMemo } from "react";
import type { Energy } from "../../../generated/api";
import { watts } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { slotsOf } from "../../../shared/plot/colours";
import { gridOf, onGrid, wholeSteps } from "../../../shared/plot/series";
import { TimeChart } from "../../../shared/plot/TimeChart";
import type { Grouping } from "../model";

/** Lines of a chart: more cannot be told apart. */
const LINES_MAX = 6;
const MINUTE_MS = 60_000;

interface Props {
  readonly data: Energy;
  readonly by: Grouping;
  readonly title: string;
}

/** The mean power of each group; steps that are not computed to their end have none. */
export function EnergyChart({ data, by, title }: Props) {
  const t = useTranslate();
  const chart = useMemo(() => {
    const groups = data.groups.slice(0, LINES_MAX);
    const stepMs = groups.flatMap((group) => steps(group.points ?? [])).reduce((least, step) => Math.min(least, step),
      Infinity);
    const stepSeconds = (Number.isFinite(stepMs) ? stepMs : MINUTE_MS) / 1_000;
    const [start, end] = [Date.parse(data.start), Date.parse(data.complete_until ?? data.start)];
    const times = gridOf(start, Date.parse(data.end), stepSeconds);
    const slots = slotsOf(groups.map((group) => group.group[by] ?? ""));
    return {
      times, series: groups.map((group) => {
        const name = group.group[by] ?? "";
        const values = onGrid(
          group.points ?? [], (point) => Date.parse(point.time) / 1_000, (point) => point.joules / stepSeconds, times,
          0);
        return {
          name: name === "" ? t("common.none") : name, slot: slots.get(name) ?? 1,
          values: wholeSteps(values, times, stepSeconds, start, end),
        };
      }),
    };
  }, [data, by, t]);
  return <TimeChart title={title} format={watts} times={chart.times} series={chart.series} />;
}

function steps(points: readonly { readonly time: string }[]): readonly number[] {
  return points.slice(1).map((point, index) => Date.parse(point.time) - Date.parse(points[index]?.time ?? point.time));
}
