import { Button, Group, Modal } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useBlocker, useNavigate, useParams } from "react-router";
import {
  api,
  asked,
  type Fault,
  Problem,
  type Shapes,
  type Versioned,
  versioned,
} from "../../api/client";
import { useMe } from "../../app/me";
import { useFormat } from "../../model/format";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import { Form } from "../../ui/Form";
import { Failure, Panel } from "../../ui/Panel";
import { PageHead } from "../../ui/parts";
import { Window } from "../../ui/Window";
import { useLivePolicy, useSettings, whoIs } from "./asking";
import { Differences, useTelling } from "./Differences";
import { Overrides, Protections } from "./LocalRules";
import { type Content, localFaults, type Setting, versionOf } from "./model";
import { Reading } from "./Reading";
import { type PartProps, SettingsForm } from "./SettingsForm";
import { TryIt } from "./Trial";
import { policiesWords } from "./words";

type Draft = Shapes["Draft"];

/** How it is told that a draft is left because it is gone: nobody is asked then. */
const DROPPED = "dropped";

/** A draft: written as a form, compared with what is live, tried, and made a version. */
export function OneDraft() {
  const say = useWords(policiesWords);
  const format = useFormat();
  const { can } = useMe();
  const { draft = "" } = useParams();
  const settings = useSettings();
  const found = useQuery({
    queryKey: ["policies", "draft", draft],
    queryFn: () =>
      versioned<Draft>(
        api.GET("/v1/policies/drafts/{draft}", { params: { path: { draft } } }) as never,
      ),
    refetchOnWindowFocus: false,
  });
  const one = found.data;
  return (
    <>
      <PageHead
        title={draft}
        answer={
          one &&
          say("answerDraft", {
            at: format.moment(one.value.changed_at),
            who: whoIs(one.value, say),
          })
        }
        side={<Link to="/policies">{say("back")}</Link>}
      />
      {one && settings.data && can("policies.write") ? (
        <Editor
          key={draft}
          found={one}
          settings={settings.data}
          again={async () => (await found.refetch()).data}
        />
      ) : (
        <div className="grid">
          <div className="half">
            <Panel title={say("settings")} query={found} lines={12}>
              {({ value }) => <Reading content={value.content} />}
            </Panel>
          </div>
          <div className="half stack">
            {one && <Differences before="live" after={`draft:${draft}`} />}
            {one && <TryIt side={`draft:${draft}`} />}
          </div>
        </div>
      )}
    </>
  );
}

interface EditorProps {
  found: Versioned<Draft>;
  settings: readonly Setting[];
  again: () => Promise<Versioned<Draft> | undefined>;
}

/** What is written, on top of the version it began with: a newer one is taken only over nothing. */
function useWriting(found: Versioned<Draft>) {
  const [base, setBase] = useState(found);
  const [content, setContent] = useState<Content>(found.value.content);
  const isChanged = JSON.stringify(content) !== JSON.stringify(base.value.content);
  const isBehind = versionOf(found.etag) > versionOf(base.etag);
  const take = (theirs: Versioned<Draft>) => {
    setBase(theirs);
    setContent(theirs.value.content);
  };
  if (isBehind && !isChanged) take(found);
  return { base, setBase, content, setContent, take, isChanged, isBehind };
}

/** What was refused of it, field by field, until the field is written again. */
function useRefusal() {
  const [refused, setRefused] = useState<unknown>(null);
  const [fixed, setFixed] = useState<ReadonlySet<string>>(new Set());
  const told = (refused instanceof Problem ? refused.faults : []).filter(
    ({ pointer }) => ![...fixed].some((at) => pointer.startsWith(at)),
  );
  const refuse = (problem: unknown) => {
    setRefused(problem);
    setFixed(new Set());
  };
  const fix = (pointer: string) => setFixed((now) => new Set(now).add(pointer));
  const isStale = refused instanceof Problem && refused.status === 412;
  return { refused, told, refuse, fix, isStale, isFresh: told.length === 0 && fixed.size === 0 };
}

function Editor({ found, settings, again }: EditorProps) {
  const queries = useQueryClient();
  const { base, setBase, content, setContent, take, isChanged, isBehind } = useWriting(found);
  const { value: draft, etag } = base;
  const refusal = useRefusal();
  const [isSaving, setSaving] = useState(false);
  const faultText = useFaultText(settings);
  const local = localFaults(content, settings);
  const faultAt = (pointer: string) => {
    const here = local.find((one) => one.pointer === pointer);
    if (here) return faultText(here);
    return refusal.told.find((one) => one.pointer === pointer)?.message;
  };
  const change = (pointer: string, next: Content) => {
    refusal.fix(pointer);
    setContent(next);
  };
  const save = async () => {
    if (!isChanged || local.length > 0 || isSaving) return;
    setSaving(true);
    refusal.refuse(null);
    try {
      setBase(await saved(draft, etag, content));
      queries.invalidateQueries({ queryKey: ["policies"] });
    } catch (problem) {
      refusal.refuse(problem);
    } finally {
      setSaving(false);
    }
  };
  useHotkeys([["mod+S", () => save()]], []);
  const isStale = refusal.isStale || (isBehind && isChanged && !isSaving);
  const showTheirs = async () => {
    const theirs = await again();
    if (!theirs) return;
    take(theirs);
    refusal.refuse(null);
  };
  const part = { content, settings, faultAt, change };
  return (
    <>
      <SaveBar
        draft={draft.id}
        etag={etag}
        faults={local.length}
        isChanged={isChanged}
        isSaving={isSaving}
        save={save}
        discard={() => setContent(draft.content)}
      />
      {isStale ? (
        <Stale show={showTheirs} />
      ) : (
        refusal.refused !== null && refusal.isFresh && <Failure error={refusal.refused} />
      )}
      <Written part={part} draft={draft.id} isSaved={!isChanged} />
      <Leaving isChanged={isChanged} />
    </>
  );
}

function saved({ id, based_on }: Draft, etag: string, content: Content) {
  return versioned<Draft>(
    api.PUT("/v1/policies/drafts/{draft}", {
      params: { path: { draft: id } },
      headers: { "If-Match": etag },
      body: { ...content, based_on },
    }) as never,
  );
}

interface SaveBarProps {
  draft: string;
  etag: string;
  faults: number;
  isChanged: boolean;
  isSaving: boolean;
  save: () => void;
  discard: () => void;
}

/** How it stands with what is written, and what may be done with it. */
function SaveBar({ draft, etag, faults, isChanged, isSaving, save, discard }: SaveBarProps) {
  const say = useWords(policiesWords);
  const [isMaking, make] = useState(false);
  return (
    <div className="save-bar" role="toolbar" aria-label={say("save")}>
      <span role="status">
        {faults > 0 ? say("faulty", { count: faults }) : say(isChanged ? "unsaved" : "allSaved")}
      </span>
      <Button size="xs" loading={isSaving} disabled={!isChanged || faults > 0} onClick={save}>
        {say("save")}
      </Button>
      {isChanged && (
        <Button size="xs" variant="default" onClick={discard}>
          {say("discard")}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        disabled={isChanged}
        title={isChanged ? say("saveFirst") : undefined}
        onClick={() => make(true)}
      >
        {say("makeVersion")}
      </Button>
      <Drop draft={draft} etag={etag} />
      {isMaking && <MakeVersion draft={draft} etag={etag} close={() => make(false)} />}
    </div>
  );
}

/** Somebody else has changed it meanwhile: theirs is shown before one's own is written over it. */
function Stale({ show }: { show: () => void }) {
  const say = useWords(policiesWords);
  return (
    <div className="failure" role="alert">
      <p>{say("stale")}</p>
      <Button size="xs" onClick={show}>
        {say("reload")}
      </Button>
    </div>
  );
}

interface WrittenProps {
  part: PartProps;
  draft: string;
  isSaved: boolean;
}

/** The form in its parts; beside it what differs from the live policy, and a trial of it. */
function Written({ part, draft, isSaved }: WrittenProps) {
  const say = useWords(policiesWords);
  return (
    <div className="grid">
      <div className="two-thirds stack">
        <section className="panel" aria-labelledby="settings">
          <header className="panel-head">
            <h2 id="settings">{say("settings")}</h2>
          </header>
          <SettingsForm {...part} />
        </section>
        <Overrides {...part} />
        <Protections {...part} />
      </div>
      <div className="third stack">
        <Differences before="live" after={`draft:${draft}`} />
        <TryIt side={`draft:${draft}`} isSaved={isSaved} />
      </div>
    </div>
  );
}

/** What is wrong with a field, in words; the bounds in the field's own unit. */
function useFaultText(settings: readonly Setting[]) {
  const say = useWords(policiesWords);
  const tell = useTelling();
  return ({ pointer, message }: Fault): string => {
    const setting = settings.find(({ name }) => name === pointer.split("/").pop());
    return say(message as "beyond", {
      least: tell.written(setting?.name ?? "", setting?.minimum ?? 0),
      most: tell.written(setting?.name ?? "", setting?.maximum ?? 0),
    });
  };
}

/** Whoever leaves a page with changes is asked first: by the browser, or by us within the tower. */
function Leaving({ isChanged }: { isChanged: boolean }) {
  const say = useWords(policiesWords);
  const { state, reset, proceed } = useBlocker(
    ({ currentLocation: here, nextLocation: there }) =>
      isChanged && here.pathname !== there.pathname && there.state !== DROPPED,
  );
  useEffect(() => {
    if (!isChanged) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isChanged]);
  return (
    <Modal opened={state === "blocked"} onClose={() => reset?.()} title={say("unsaved")}>
      <p>{say("leaveText")}</p>
      <Group justify="flex-end">
        <Button variant="default" color="late" onClick={() => proceed?.()}>
          {say("leave")}
        </Button>
        <Button data-autofocus onClick={() => reset?.()}>
          {say("stay")}
        </Button>
      </Group>
    </Modal>
  );
}

function Drop({ draft, etag }: { draft: string; etag: string }) {
  const say = useWords(policiesWords);
  const navigate = useNavigate();
  return (
    <Act
      label={say("drop")}
      variant="subtle"
      confirm={say("dropText", { draft })}
      act={async () => {
        await asked(
          api.DELETE("/v1/policies/drafts/{draft}", {
            params: { path: { draft } },
            headers: { "If-Match": etag },
          }),
        );
        navigate("/policies", { state: DROPPED });
      }}
      done={say("dropped")}
      stale={[["policies", "drafts"]]}
      isLate
    />
  );
}

interface MakeVersionProps {
  draft: string;
  etag: string;
  close: () => void;
}

function MakeVersion({ draft, etag, close }: MakeVersionProps) {
  const say = useWords(policiesWords);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const live = useLivePolicy();
  const publish = async ({ policy = "", reason = "" }: Record<string, string>) => {
    await asked(
      api.PUT("/v1/policies/versions/{policy}", {
        params: { path: { policy } },
        body: { draft, draft_version: versionOf(etag), reason },
      }),
    );
    // The draft is gone: what the next page shows is asked for anew, this one no more.
    queries.invalidateQueries({ queryKey: ["policies"], refetchType: "none" });
    navigate(`/policies/versions/${policy}`);
  };
  return (
    <Window close={close} size="lg" title={say("makeVersion")}>
      <div className="stack">
        <p>{say("makeVersionText", { draft })}</p>
        {live.data && <Differences before="live" after={`draft:${draft}`} />}
        <Form
          fields={[
            { name: "policy", label: say("versionName"), value: draft, isRequired: true },
            {
              name: "reason",
              label: say("reason"),
              type: "long",
              hint: say("reasonHint"),
              isRequired: true,
            },
          ]}
          submit={say("makeVersion")}
          send={publish}
          cancel={close}
        />
      </div>
    </Window>
  );
}
