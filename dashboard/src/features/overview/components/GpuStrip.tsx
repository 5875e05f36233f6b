import type { Gpu, GpuList } from "../../../generated/api";
import { gpuName, memoryShare, POWER, readingOf, TEMPERATURE, UTILIZATION } from "../../../shared/fleet/readings";
import { celsius, percent, watts } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import type { Query } from "../../../shared/query/useQuery";
import { hrefOf } from "../../../shared/router/location";
import { Link } from "../../../shared/router/Link";
import { GpuMark } from "../../../shared/fleet/GpuMark";
import { Meter } from "../../../shared/ui/Meter";
import { Panel } from "../../../shared/ui/Panel";
import { QueryView } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";

/** GPUs that fit beside the slowest traces; the page of GPUs has all. */
const SHOWN_MAX = 8;

export function GpuStrip({ query }: { readonly query: Query<GpuList> }) {
  const t = useTranslate();
  const all = <Link to={hrefOf("/gpus")}>{t("common.more")}</Link>;
  return (
    <Panel title={t("overview.gpus")} actions={all} isFlush>
      <QueryView
        query={query} isEmpty={({ data }) => data.length === 0} empty={<StateMessage title={t("overview.noGpus")} />}
      >
        {({ data }) => (
          <table className="data">
            <thead>
              <tr>
                <th className="wide">{t("common.name")}</th>
                <th>{t("gpus.utilization")}</th>
                <th>{t("gpus.memory")}</th>
                <th className="num">{t("gpus.power")}</th>
                <th className="num">{t("gpus.temperature")}</th>
              </tr>
            </thead>
            <tbody>
              {data.slice(0, SHOWN_MAX).map((gpu) => (
                <Row key={`${gpu.node} ${gpu.id}`} gpu={gpu} />
              ))}
            </tbody>
          </table>
        )}
      </QueryView>
    </Panel>
  );
}

function Row({ gpu }: { readonly gpu: Gpu }) {
  const utilization = readingOf(gpu, UTILIZATION).value;
  const memory = memoryShare(gpu);
  return (
    <tr>
      <td className="wide">
        <GpuMark gpu={gpu} /> <Link to={hrefOf(`/gpus/${encodeURIComponent(gpu.id)}`)}>{gpuName(gpu)}</Link>{" "}
        <span className="faint">{gpu.model}</span>
      </td>
      <td>
        <Meter share={utilization} text={percent(utilization)} />
      </td>
      <td>
        <Meter share={memory} text={percent(memory)} />
      </td>
      <td className="num">{watts(readingOf(gpu, POWER).value)}</td>
      <td className="num">{celsius(readingOf(gpu, TEMPERATURE).value)}</td>
    </tr>
  );
}
