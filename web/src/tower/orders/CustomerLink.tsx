import { Button, CopyButton, Group, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api, asked } from "../../api/client";
import { useWish } from "../../model/wish";
import { useWords } from "../../model/words";
import { Act } from "../../ui/Act";
import type { Deed } from "../../ui/Deeds";
import { Failure, Loading } from "../../ui/Panel";
import { linkWords } from "./linkWords";

/** The address at which a customer follows the order: to look at what they see, or to send it. */
export function useCustomerLink(order: string): Deed {
  const say = useWords(linkWords);
  return { label: say("link"), title: say("linkTitle"), window: () => <Address order={order} /> };
}

function Address({ order }: { order: string }) {
  const say = useWords(linkWords);
  const wish = useWish("renewal");
  const key = ["customer-link", order];
  // It opens the order to whoever has it: it is asked for when somebody wants it, and not kept.
  const link = useQuery({
    queryKey: key,
    queryFn: () =>
      asked(api.GET("/v1/orders/{order_id}/link", { params: { path: { order_id: order } } })),
    gcTime: 0,
  });
  const renew = () =>
    wish((renewal_id) =>
      asked(
        api.PUT("/v1/orders/{order_id}/link-renewals/{renewal_id}", {
          params: { path: { order_id: order, renewal_id } },
        }),
      ),
    );
  if (link.error) return <Failure error={link.error} retry={() => link.refetch()} />;
  if (!link.data) return <Loading lines={2} />;
  const { url } = link.data;
  return (
    <>
      <TextInput
        label={say("address")}
        description={say("addressHint")}
        value={url}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
      />
      <Group mt="md" justify="flex-end">
        <Act
          variant="subtle"
          label={say("renew")}
          confirm={say("renewConfirm")}
          done={say("renewed")}
          stale={[key]}
          act={renew}
        />
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {say(copied ? "copied" : "copy")}
            </Button>
          )}
        </CopyButton>
        <Button component="a" href={url} target="_blank" rel="noreferrer" data-autofocus>
          {say("openPage")}
        </Button>
      </Group>
    </>
  );
}
