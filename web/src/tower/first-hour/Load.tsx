import { Button, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api, asked, type Shapes } from "../../api/client";
import { useMe } from "../../app/me";
import { useWords } from "../../model/words";
import { FileDrop, FileImport, type FileKind } from "../../ui/FileJob";
import { Failure, Loading } from "../../ui/Panel";
import { Badge } from "../../ui/parts";
import { type Chosen, chosenBy, firstLines, mayBring, missingOf, withColumn } from "./model";
import { firstHourWords } from "./words";

type Look = Shapes["Look"];

const STALE = [["first-hour"], ["skus"], ["nodes"], ["orders"], ["launches"]];

/** A file, dropped or chosen: what its columns are, what it would change, and then it is brought. */
export function Load() {
  const say = useWords(firstHourWords);
  const [file, setFile] = useState<File | null>(null);
  return (
    <section className="panel" id="load" aria-labelledby="load-head">
      <header className="panel-head">
        <h2 id="load-head">{say("load")}</h2>
        {file && (
          <Button size="xs" variant="default" onClick={() => setFile(null)}>
            {say("another")}
          </Button>
        )}
      </header>
      {file ? (
        <OneFile key={`${file.name} ${file.lastModified} ${file.size}`} file={file} />
      ) : (
        <FileDrop take={setFile} hint={say("loadText")} />
      )}
    </section>
  );
}

/** What is to be tried: which kind of file, with which columns. */
interface Try {
  number: number;
  kind: FileKind;
  chosen: Chosen;
}

function OneFile({ file }: { file: File }) {
  const say = useWords(firstHourWords);
  const { reach } = useMe();
  const [kind, setKind] = useState<FileKind | undefined>();
  const [chosen, choose] = useState<Chosen | null>(null);
  const [tried, setTried] = useState<Try | null>(null);
  const look = useQuery({
    queryKey: ["look", file.name, file.lastModified, file.size, kind],
    queryFn: async () =>
      asked(
        api.POST("/v1/import-looks", {
          params: { query: { kind, name: file.name.slice(0, 200) } },
          headers: { "Content-Type": "application/octet-stream" },
          body: (await firstLines(file)) as unknown as string,
          bodySerializer: (body) => body,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  useEffect(() => {
    if (look.data) choose(chosenBy(look.data));
  }, [look.data]);
  if (look.error) return <Failure error={look.error} retry={() => look.refetch()} />;
  if (!look.data || !chosen) return <Loading lines={6} />;
  const found = look.data;
  const missing = missingOf(found, chosen);
  return (
    <>
      <p className="big">{file.name}</p>
      <Columns
        look={found}
        chosen={chosen}
        choose={(now) => {
          choose(now);
          setTried(null);
        }}
        setKind={(now) => {
          setKind(now);
          setTried(null);
        }}
      />
      {missing.length > 0 && (
        <p className="soon" role="status">
          {say("missing", { columns: missing.join(", ") })}
        </p>
      )}
      {!mayBring(reach, found.kind) && <p className="soon">{say("mayNot")}</p>}
      {tried ? (
        <FileImport
          key={tried.number}
          kind={tried.kind}
          file={file}
          columns={tried.chosen}
          stale={STALE}
        />
      ) : (
        <Button
          size="xs"
          mt={8}
          disabled={missing.length > 0 || !mayBring(reach, found.kind)}
          onClick={() => setTried({ number: Date.now(), kind: found.kind, chosen })}
        >
          {say("preview")}
        </Button>
      )}
    </>
  );
}

interface ColumnsProps {
  look: Look;
  chosen: Chosen;
  choose: (chosen: Chosen) => void;
  setKind: (kind: FileKind) => void;
}

function Columns({ look, chosen, choose, setKind }: ColumnsProps) {
  const say = useWords(firstHourWords);
  const { reach } = useMe();
  const kinds = look.kinds.filter((one) => one === look.kind || mayBring(reach, one));
  const names = [
    { value: "", label: say("leaveOut") },
    ...look.known.map(({ name, is_required }) => ({
      value: name,
      label: is_required ? `${name} · ${say("required")}` : name,
    })),
  ];
  return (
    <>
      <Select
        size="sm"
        mt={8}
        w={260}
        label={say("kind")}
        value={look.kind}
        onChange={(value) => value && setKind(value as FileKind)}
        data={kinds.map((value) => ({ value, label: say(`kind_${value}`) }))}
        allowDeselect={false}
        comboboxProps={{ transitionProps: { duration: 0 } }}
      />
      <section className="small-scroll above-table" aria-label={say("yours")}>
        <table className="small-table file-columns">
          <thead>
            <tr>
              <th>{say("yours")}</th>
              <th>{say("ours")}</th>
              <th>{say("first")}</th>
            </tr>
          </thead>
          <tbody>
            {look.columns.map((column, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a file may name two columns alike
              <tr key={place}>
                <th scope="row">{column.header}</th>
                <td>
                  <Group gap={8}>
                    <Select
                      size="xs"
                      w={200}
                      searchable
                      aria-label={`${say("ours")}: ${column.header}`}
                      value={chosen[place] ?? ""}
                      onChange={(value) => choose(withColumn(chosen, place, value ?? ""))}
                      data={names}
                      allowDeselect={false}
                      comboboxProps={{ transitionProps: { duration: 0 } }}
                    />
                    {column.because && chosen[place] === column.column && (
                      <Badge>{say(column.because)}</Badge>
                    )}
                  </Group>
                </td>
                <td className="hint">
                  {look.rows
                    .map((row) => row[place])
                    .filter(Boolean)
                    .slice(0, 3)
                    .join(" · ")}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
