"""What became of messages, at the door: for whoever carries them."""

from datetime import datetime

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.http import Door, PathCode, puts
from noria.messages import result_actions
from noria.messages.outbox_model import Message
from noria.messages.result_model import ResultBody


@puts("/message-results/{message_id:str}", Permission.MESSAGES_REPORT)
def put_message_result(
    message_id: PathCode, data: JSONBody[ResultBody], door: NamedDependency[Door]
) -> Response[Message]:
    """A message arrived, or came back; the latest word holds, in whatever order they come."""
    door.actor.must_everywhere(Permission.MESSAGES_REPORT)

    def tell(tx: Connection, now: datetime) -> Message:
        return result_actions.tell(tx, message_id, data, now=now)

    return door.act(data, tell)


routes = [put_message_result]
