import { useTranslate } from "../../shared/i18n/language";
import { Page } from "../../shared/ui/Page";
import { Charts } from "./components/Charts";
import { GpuStrip } from "./components/GpuStrip";
import { GroupTable } from "../../shared/analytics/GroupTable";
import { HealthLine } from "./components/HealthLine";
import { Slowest } from "./components/Slowest";
import { Tiles } from "./components/Tiles";
import { useOverview } from "./useOverview";

/** Is inference healthy, and where not: one sentence, eight numbers, their course, and who they are of. */
export default function OverviewPage() {
  const t = useTranslate();
  const queries = useOverview();
  return (
    <Page title={t("overview.title")} head={<HealthLine queries={queries} />}>
      <Tiles queries={queries} />
      <Charts queries={queries} />
      <div className="grid two">
        <GroupTable title={t("overview.services")} parameter="service" query={queries.services} />
        <GroupTable title={t("overview.models")} parameter="model" query={queries.models} />
      </div>
      <div className="grid two">
        <Slowest query={queries.slowest} />
        <GpuStrip query={queries.gpus} />
      </div>
    </Page>
  );
}
