import { useWords } from "../../model/words";
import { PageHead } from "../../ui/parts";
import { Accounts } from "./Accounts";
import { Lanes } from "./Lanes";
import { Services } from "./Services";
import { Tariffs, Zonings } from "./Tariffs";
import { networkWords } from "./words";

export function Ways() {
  const say = useWords(networkWords);
  return (
    <>
      <PageHead title={say("ways")} answer={say("waysAnswer")} />
      <div className="grid">
        <div className="half stack">
          <Services />
          <Tariffs />
        </div>
        <div className="half stack">
          <Accounts />
          <Zonings />
          <Lanes />
        </div>
      </div>
    </>
  );
}
