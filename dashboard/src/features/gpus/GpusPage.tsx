import { parseGpuList, type Gpu } from "../../generated/api";
import { GpuMark } from "../../shared/fleet/GpuMark";
import {
  gpuName, MEMORY_USED, memoryShare, partsOf, POWER, readingOf, sumOf, TEMPERATURE, UTILIZATION,
} from "../../shared/fleet/readings";
import { bytes, celsius, percent, watts } from "../../shared/format/numbers";
import { useTranslate } from "../../shared/i18n/language";
import { apiURL } from "../../shared/query/client";
import { usePages } from "../../shared/query/usePages";
import { hrefOf } from "../../shared/router/location";
import { Link } from "../../shared/router/Link";
import { useRefresh } from "../../shared/time/useRange";
import { Meter } from "../../shared/ui/Meter";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { Failure } from "../../shared/ui/QueryView";
import { StateMessage } from "../../shared/ui/StateMessage";
import { ReadingCell } from "./components/ReadingCell";

const LIST = apiURL("/gpus", { limit: 100 });
const idOf = (gpu: Gpu) => `${gpu.node} ${gpu.id}`;
/** Their values are a second old; without a choice of the person they are asked for this often. */
const REFRESH_MS = 10_000;

/** All GPUs, by their machines; slices of MIG below their board. */
export default function GpusPage() {
  const t = useTranslate();
  const refreshMs = useRefresh() ?? REFRESH_MS;
  const pages = usePages(LIST, parseGpuList, { idOf, refreshMs: null, reloadMs: refreshMs });
  const gpus = pages.items ?? [];
  const present = gpus.filter((gpu) => gpu.condition !== "gone");
  const nodes = [...new Set(gpus.map((gpu) => gpu.node))].sort();
  return (
    <Page
      title={t("gpus.title")}
      head={pages.items !== null && present.length > 0 && (
        <p className="trace-facts muted" role="status">
          <span>
            {t("gpus.summary", {
              up: present.filter((gpu) => gpu.condition === "up").length, total: present.length,
            })}
          </span>
          <strong>{watts(sumOf(present.map((gpu) => readingOf(gpu, POWER).value)))}</strong>
        </p>
      )}
    >
      {pages.items === null && pages.error !== null && <Failure error={pages.error} retry={pages.reload} />}
      {pages.items === null && pages.error === null && <div className="state" aria-busy="true" />}
      {pages.items !== null && gpus.length === 0 && (
        <StateMessage mark="◌" title={t("gpus.none")} detail={t("gpus.noneDetail")} />
      )}
      {nodes.map((node) => (
        <NodePanel key={node} node={node} gpus={gpus.filter((gpu) => gpu.node === node)} />
      ))}
      {pages.hasMore && (
        <button type="button" className="button" onClick={pages.loadMore}>
          {t("common.more")}
        </button>
      )}
    </Page>
  );
}

function NodePanel({ node, gpus }: { readonly node: string; readonly gpus: readonly Gpu[] }) {
  const t = useTranslate();
  const sorted = [...gpus].sort((one, other) => one.index - other.index);
  const link = <Link to={hrefOf(`/nodes/${encodeURIComponent(node)}`)}>{t("common.node")}</Link>;
  return (
    <Panel title={node} actions={link} isFlush>
      <div className="scroll-x">
        <table className="data">
          <thead>
            <tr>
              <th className="wide">{t("common.name")}</th>
              <th>{t("gpus.condition")}</th>
              <th>{t("gpus.utilization")}</th>
              <th>{t("gpus.memory")}</th>
              <th className="num">{t("gpus.power")}</th>
              <th className="num">{t("gpus.temperature")}</th>
              <th>{t("gpus.processes")}</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((gpu) => (
              <GpuRows key={gpu.id} gpu={gpu} />
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function GpuRows({ gpu }: { readonly gpu: Gpu }) {
  const used = readingOf(gpu, MEMORY_USED);
  const utilization = readingOf(gpu, UTILIZATION);
  const processes = (gpu.processes ?? []).map((process) => process.name ?? String(process.pid));
  return (
    <>
      <tr>
        <td className="wide">
          <Link to={hrefOf(`/gpus/${encodeURIComponent(gpu.id)}`)}>{gpuName(gpu)}</Link>{" "}
          <span className="faint">{gpu.model ?? gpu.vendor}</span>
        </td>
        <td>
          <GpuMark gpu={gpu} hasText />
        </td>
        <td>
          {utilization.value === null ? <ReadingCell reading={utilization} format={percent} hasReason />
            : <Meter share={utilization.value} text={percent(utilization.value)} />}
        </td>
        <td>
          <Meter share={memoryShare(gpu)} text={bytes(used.value)} />
        </td>
        <td className="num">
          <ReadingCell reading={readingOf(gpu, POWER)} format={watts} />
        </td>
        <td className="num">
          <ReadingCell reading={readingOf(gpu, TEMPERATURE)} format={celsius} />
        </td>
        <td className="muted">{processes.join(", ")}</td>
      </tr>
      {partsOf(gpu).map((slice, index) => (
        <tr key={slice.uuid ?? index} className="slice">
          <td className="wide">
            <span className="slice-mark" aria-hidden="true" />
            {slice.profile ?? slice.uuid} <span className="faint">{slice.uuid}</span>
          </td>
          <td />
          <td>
            <ReadingCell reading={readingOf(gpu, "axonize_gpu_sm_active_ratio", slice.gpu_instance)} format={percent} />
          </td>
          <td>
            <ReadingCell reading={readingOf(gpu, MEMORY_USED, slice.gpu_instance)} format={bytes} />
          </td>
          <td />
          <td />
          <td />
        </tr>
      ))}
    </>
  );
}
