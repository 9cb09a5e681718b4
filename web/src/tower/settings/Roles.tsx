import { useQuery } from "@tanstack/react-query";
import { api, asked } from "../../api/client";
import { useWords } from "../../model/words";
import { Panel } from "../../ui/Panel";
import { PageHead } from "../../ui/parts";
import { peopleWords } from "./peopleWords";
import { PERMISSIONS, permissionWords } from "./permissionWords";
import { settingsWords } from "./words";

/** What each role may do, in plain words. */
export function Roles() {
  const say = useWords(peopleWords);
  const sayAll = useWords(settingsWords);
  const sayPermission = useWords(permissionWords);
  const roles = useQuery({
    queryKey: ["roles"],
    queryFn: () => asked(api.GET("/v1/roles")),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <>
      <PageHead title={sayAll("roles")} answer={say("rolesAnswer")} />
      <Panel query={roles} lines={12}>
        {(found) => {
          const given = found.map(({ role, permissions }) => ({ role, may: new Set(permissions) }));
          const shown = PERMISSIONS.filter((one) => given.some(({ may }) => may.has(one)));
          return (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
            <section className="matrix" tabIndex={0} aria-label={say("matrix")}>
              <table className="small-table">
                <thead>
                  <tr>
                    <th scope="col">{say("may")}</th>
                    {given.map(({ role }) => (
                      <th key={role} scope="col">
                        {say(role)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {shown.map((permission) => (
                    <tr key={permission}>
                      <th scope="row" title={permission}>
                        {sayPermission(permission)}
                      </th>
                      {given.map(({ role, may }) => (
                        <td key={role} className={may.has(permission) ? "" : "hint"}>
                          <span aria-hidden="true">{may.has(permission) ? "✓" : "·"}</span>
                          <span className="unseen">
                            {may.has(permission) ? sayAll("yes") : say("mayNot")}
                          </span>
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          );
        }}
      </Panel>
    </>
  );
}
