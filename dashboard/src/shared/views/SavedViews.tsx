import { useEffect, useRef, useState, type FormEvent } from "react";
import { parseSavedViewList, type SavedView } from "../../generated/api";
import { useTranslate } from "../i18n/language";
import { apiURL, tell } from "../query/client";
import { useQuery } from "../query/useQuery";
import { changeParameters } from "../router/location";
import { useParameters } from "../router/useParameters";
import { Icon } from "../ui/Icon";
import { explain, QueryView } from "../ui/QueryView";
import { usePopover } from "../ui/usePopover";
import { applied, isViewAlone, parametersToSave } from "./saved";

interface Props {
  readonly list: SavedView["list"];
  readonly isField: (name: string) => boolean;
}

const LIST = apiURL("/views", { limit: 100 });
const NAME_LENGTH_MAX = 100;

/** Searches of a list under names that the server keeps: chosen, saved, deleted. */
export function SavedViews({ list, isField }: Props) {
  const t = useTranslate();
  const parameters = useParameters();
  const { isOpen, setOpen, anchor } = usePopover();
  const chosen = parameters.get("view");
  const query = useQuery(isOpen || chosen !== null ? LIST : null, parseSavedViewList);
  const views = (query.data?.data ?? []).filter((view) => view.list === list);
  const current = views.find((view) => view.id === chosen);
  const [ignored, setIgnored] = useState<readonly string[]>([]);
  const opened = useRef<string | null>(null);
  const choose = (view: SavedView, replace: boolean) => {
    const { changes, ignored: unknown } = applied(view, parameters, isField);
    opened.current = view.id;
    setIgnored(unknown);
    changeParameters(changes, { replace });
  };
  useEffect(() => {
    if (current === undefined || opened.current === current.id) return;
    opened.current = current.id;
    if (isViewAlone(parameters, isField)) choose(current, true);
    // When the view that the address names is known, once.
  }, [current]);
  return (
    <span className="anchor" ref={anchor}>
      <button type="button" className="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {current === undefined ? t("views.title") : t("views.current", { name: current.name })}
        <Icon name="down" />
      </button>
      {isOpen && (
        <div className="popover views" role="group" aria-label={t("views.title")}>
          <QueryView
            query={query} isEmpty={() => views.length === 0} empty={<p className="faint">{t("views.none")}</p>}
          >
            {() => (
              <ul>
                {views.map((view) => (
                  <Entry
                    key={view.id} view={view} isCurrent={view.id === chosen} reload={query.reload}
                    choose={() => {
                      choose(view, false);
                      setOpen(false);
                    }}
                  />
                ))}
              </ul>
            )}
          </QueryView>
          <SaveForm list={list} parameters={parametersToSave(parameters, isField)} saved={query.reload} />
        </div>
      )}
      {ignored.length > 0 && (
        <span className="badge warn" role="status">
          ▲ {t("views.ignored", { names: ignored.join(", ") })}
        </span>
      )}
    </span>
  );
}

interface EntryProps {
  readonly view: SavedView;
  readonly isCurrent: boolean;
  readonly choose: () => void;
  readonly reload: () => void;
}

function Entry({ view, isCurrent, choose, reload }: EntryProps) {
  const t = useTranslate();
  const [failure, setFailure] = useState<Error | null>(null);
  const remove = () => {
    tell("DELETE", apiURL(`/views/${encodeURIComponent(view.id)}`)).then(() => {
      if (isCurrent) changeParameters({ view: undefined }, { replace: true });
      reload();
    }, setFailure);
  };
  const text = Object.entries(view.parameters).map(([name, value]) => `${name}=${value}`).join("  ");
  return (
    <li>
      <button type="button" className="view-choice" aria-pressed={isCurrent} onClick={choose}>
        <span className="clip">{view.name}</span>
        <span className="faint clip">{text}</span>
      </button>
      <button
        type="button" className="button plain icon" aria-label={t("views.delete", { name: view.name })} onClick={remove}
      >
        <Icon name="close" />
      </button>
      {failure !== null && <p className="error-text" role="alert">⊗ {explain(failure, t)}</p>}
    </li>
  );
}

interface SaveProps {
  readonly list: SavedView["list"];
  readonly parameters: Readonly<Record<string, string>>;
  readonly saved: () => void;
}

function SaveForm({ list, parameters, saved }: SaveProps) {
  const t = useTranslate();
  const [name, setName] = useState("");
  const [failure, setFailure] = useState<Error | null>(null);
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === "") return;
    tell("POST", apiURL("/views"), {}, { name: name.trim(), list, parameters }).then(() => {
      setName("");
      setFailure(null);
      saved();
    }, setFailure);
  };
  return (
    <form className="view-form" onSubmit={save}>
      <input
        className="field" aria-label={t("views.name")} placeholder={t("views.name")} value={name}
        maxLength={NAME_LENGTH_MAX} onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button primary" disabled={name.trim() === ""}>{t("views.save")}</button>
      {failure !== null && <p className="error-text" role="alert">⊗ {explain(failure, t)}</p>}
    </form>
  );
}
