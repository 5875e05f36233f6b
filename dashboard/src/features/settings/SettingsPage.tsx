import { parseSessionResponse } from "../../generated/api";
import { chooseTheme, themeChoice, type ThemeChoice } from "../../shared/appearance";
import { LANGUAGES, type MessageKey } from "../../shared/i18n/catalogue";
import { chooseLanguage, language, useTranslate } from "../../shared/i18n/language";
import { apiURL, tell } from "../../shared/query/client";
import { useQuery } from "../../shared/query/useQuery";
import { useStore } from "../../shared/store";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/Panel";
import { QueryView } from "../../shared/ui/QueryView";
import { letterKeys, switchLetters } from "../../shared/ui/shortcuts";
import { Prices } from "./components/Prices";
import { Storage } from "./components/Storage";

const THEMES: readonly ThemeChoice[] = ["system", "light", "dark"];

export default function SettingsPage() {
  const t = useTranslate();
  return (
    <Page title={t("settings.title")}>
      <Appearance />
      <Session />
      <Storage />
      <Prices />
    </Page>
  );
}

function Appearance() {
  const t = useTranslate();
  const theme = useStore(themeChoice);
  const code = useStore(language);
  const areLettersOn = useStore(letterKeys);
  return (
    <Panel title={t("settings.appearance")}>
      <div className="settings">
        <span id="setting-theme">{t("settings.theme")}</span>
        <div className="group" role="group" aria-labelledby="setting-theme">
          {THEMES.map((choice) => (
            <button
              key={choice} type="button" className="button" aria-pressed={theme === choice}
              onClick={() => chooseTheme(choice)}
            >
              {t(`settings.theme.${choice}` as MessageKey)}
            </button>
          ))}
        </div>
        <span id="setting-language">{t("settings.language")}</span>
        <div className="group" role="group" aria-labelledby="setting-language">
          {LANGUAGES.map((entry) => (
            <button
              key={entry.code} type="button" className="button" lang={entry.code} aria-pressed={code === entry.code}
              onClick={() => chooseLanguage(entry.code)}
            >
              {entry.name}
            </button>
          ))}
        </div>
        <label htmlFor="setting-letters">{t("settings.keys")}</label>
        <span>
          <input
            id="setting-letters" type="checkbox" checked={areLettersOn}
            onChange={(event) => switchLetters(event.target.checked)}
          />
        </span>
      </div>
    </Panel>
  );
}

function Session() {
  const t = useTranslate();
  const session = useQuery(apiURL("/session"), parseSessionResponse);
  const signOut = async () => {
    await tell("DELETE", apiURL("/session"));
    window.location.reload();
  };
  return (
    <Panel title={t("settings.session")}>
      <QueryView query={session}>
        {({ data }) =>
          data.key_id === null ? (
            <p>{t("settings.keyless")}</p>
          ) : (
            <div className="settings">
              <span>{t("settings.key", { id: data.key_id, permissions: data.permissions.join(", ") })}</span>
              <span>
                <button type="button" className="button" onClick={() => void signOut()}>
                  {t("settings.signOut")}
                </button>
              </span>
            </div>
          )
        }
      </QueryView>
    </Panel>
  );
}
