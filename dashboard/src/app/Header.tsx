import { parseAttributeValueList, parseServiceList } from "../generated/api";
import { zoneName } from "../shared/format/times";
import { useTranslate } from "../shared/i18n/language";
import { apiURL } from "../shared/query/client";
import { useQuery } from "../shared/query/useQuery";
import { changeParameters } from "../shared/router/location";
import { useParameters } from "../shared/router/useParameters";
import { Icon } from "../shared/ui/Icon";
import type { PageDefinition } from "./pages";
import { RangePicker } from "./RangePicker";

/** The resource attribute of an environment, and the name that it had before OpenTelemetry renamed it. */
const ENVIRONMENT = "deployment.environment.name";
/** New services and environments are seen after this. */
const NAMES_REFRESH_MS = 60_000;

interface Props {
  readonly page: PageDefinition | null;
  readonly openPalette: () => void;
}

/** What every page is seen through: service, environment, time. */
export function Header({ page, openPalette }: Props) {
  const t = useTranslate();
  const services = useQuery(apiURL("/services", { start: "-7d" }), parseServiceList, { refreshMs: NAMES_REFRESH_MS });
  const environments = useQuery(
    apiURL(`/attributes/${encodeURIComponent(ENVIRONMENT)}/values`, { start: "-7d", scope: "resource" }),
    parseAttributeValueList, { refreshMs: NAMES_REFRESH_MS });
  const names = services.data?.data.map((service) => service.name) ?? [];
  const environmentNames = environments.data?.data.map((entry) => String(entry.value)) ?? [];
  return (
    <header className="topbar">
      <Picker
        label={t("header.service")} parameter="service" names={names} isUsed={page?.takesService ?? false}
      />
      <Picker
        label={t("header.env")} parameter="env" names={environmentNames} isUsed={page?.takesEnvironment ?? false}
      />
      <span className="spacer" />
      <button type="button" className="button palette-button" onClick={openPalette} aria-label={t("header.palette")}>
        <Icon name="search" />
        <span className="text">{t("header.palette")}</span>
        <kbd>⌘K</kbd>
      </button>
      <RangePicker />
      <span className="zone" title={t("header.zone")}>
        {zoneName()}
      </span>
    </header>
  );
}

interface PickerProps {
  readonly label: string;
  readonly parameter: string;
  readonly names: readonly string[];
  readonly isUsed: boolean;
}

/** A choice of one name or all; struck through where the page has no use for it. */
function Picker({ label, parameter, names, isUsed }: PickerProps) {
  const t = useTranslate();
  const chosen = useParameters().get(parameter) ?? "";
  if (names.length === 0 && chosen === "") return null;
  const all = chosen === "" || names.includes(chosen) ? names : [chosen, ...names];
  const isOff = chosen !== "" && !isUsed;
  return (
    <label className={isOff ? "picker off" : "picker"} title={isOff ? t("header.envIgnored") : undefined}>
      <span>{label}</span>
      <select value={chosen} onChange={(event) => changeParameters({ [parameter]: event.target.value })}>
        <option value="">{t("header.all")}</option>
        {all.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
