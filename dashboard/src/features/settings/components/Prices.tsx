import { parsePriceListResponse, type PriceListResponse } from "../../../generated/api";
import { money, plain } from "../../../shared/format/numbers";
import { useTranslate } from "../../../shared/i18n/language";
import { apiURL } from "../../../shared/query/client";
import { useQuery } from "../../../shared/query/useQuery";
import { Panel } from "../../../shared/ui/Panel";
import { QueryView } from "../../../shared/ui/QueryView";
import { StateMessage } from "../../../shared/ui/StateMessage";

/** Prices of GPUs and electricity, as the server's configuration file has them. */
export function Prices() {
  const t = useTranslate();
  const query = useQuery(apiURL("/prices"), parsePriceListResponse);
  return (
    <Panel title={t("settings.prices")} isFlush>
      <QueryView
        query={query} isEmpty={({ data }) => data.electricity.length === 0 && data.gpus.length === 0}
        empty={<StateMessage title={t("settings.noPrices")} detail={<Example />} />}
      >
        {({ data }) => (
          <div className="scroll-x">
            {data.electricity.length > 0 && <Electricity prices={data} />}
            {data.gpus.length > 0 && <Gpus prices={data} />}
          </div>
        )}
      </QueryView>
    </Panel>
  );
}

type List = PriceListResponse["data"];

function Electricity({ prices }: { readonly prices: List }) {
  const t = useTranslate();
  return (
    <table className="data">
      <thead>
        <tr>
          <th className="wide">{t("settings.electricity")}</th>
          <th className="num">kWh</th>
          <th className="num">gCO₂e / kWh</th>
          <th className="num">PUE</th>
        </tr>
      </thead>
      <tbody>
        {prices.electricity.map((entry) => (
          <tr key={entry.from ?? ""}>
            <td className="wide">{from(entry.from, t("settings.always"))}</td>
            <td className="num">{money(entry.price_per_kwh, prices.currency)}</td>
            <td className="num">{plain(entry.co2_grams_per_kwh)}</td>
            <td className="num">{plain(entry.pue)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Gpus({ prices }: { readonly prices: List }) {
  const t = useTranslate();
  return (
    <table className="data">
      <thead>
        <tr>
          <th>{t("settings.gpuModel")}</th>
          <th className="wide">{t("common.node")}</th>
          <th>{t("settings.since")}</th>
          <th className="num">{t("settings.perHour")}</th>
        </tr>
      </thead>
      <tbody>
        {prices.gpus.flatMap((entry) => entry.prices.map((price) => (
          <tr key={`${entry.model} ${entry.node} ${price.from ?? ""}`}>
            <td>{entry.model}</td>
            <td className="wide">{entry.node}</td>
            <td>{from(price.from, t("settings.always"))}</td>
            <td className="num">{money(price.per_hour, prices.currency)}</td>
          </tr>
        )))}
      </tbody>
    </table>
  );
}

/** The lines of the configuration file that set prices. */
function Example() {
  const t = useTranslate();
  return (
    <>
      {t("settings.noPricesDetail")}
      <pre className="example">{EXAMPLE}</pre>
    </>
  );
}

const EXAMPLE = `prices:
  currency: EUR
  electricity:
    - price_per_kwh: 0.32
      co2_grams_per_kwh: 363
  gpus:
    - model: "*H200*"
      price_per_hour: 3.60`;

/** A time in UTC, as the file has it. */
const from = (time: string | null, always: string): string =>
  time === null ? always : time.replace("T00:00:00Z", "").replace("T", " ").replace(":00Z", " UTC");
