"""Documents at the door: ask for one, see what a shipment has, fetch it for printing."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from noria.carriage import paper_actions as actions
from noria.carriage import views
from noria.carriage.model import AskPaper, Format, Paper, PaperState
from noria.carriage.paper_model import DocumentNotThere
from noria.kit.auth import Permission
from noria.kit.db import Connection
from noria.kit.errors import NotFound
from noria.kit.http import (
    PAGE,
    Door,
    Page,
    PathCode,
    QueryCodes,
    QueryCursor,
    QueryLimit,
    check_address,
    cursor,
    page,
    puts,
    reads,
)
from noria.orders import views as orders

TYPES = {
    Format.PDF: "application/pdf",
    Format.ZPL: "application/vnd.zebra.zpl",
    Format.PNG: "image/png",
}


@puts("/documents/{document:str}", Permission.FULFILMENT_WORK)
def put_document(
    document: PathCode, data: JSONBody[AskPaper], door: NamedDependency[Door]
) -> Response[Paper]:
    """Ask for a label, delivery note, pick list or customs form; the worker makes it."""
    check_address("id", data.id, document)

    def work(tx: Connection) -> list[str]:
        return orders.nodes_of(tx, data.legs)

    for node in door.read(work):
        door.actor.must(Permission.FULFILMENT_WORK, node)
    return door.once(
        document, data, lambda tx, now: actions.ask(tx, data, actor=door.actor.id, now=now)
    )


@reads("/documents", Permission.FULFILMENT_READ)
def get_documents(
    door: NamedDependency[Door],
    node: QueryCodes = None,
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Paper]:
    """Documents, the newest first, without their content."""
    after = cursor(page_cursor, 2)
    nodes = door.nodes(Permission.FULFILMENT_READ, node)
    found = door.read(lambda tx: views.papers(tx, nodes=nodes, after=after, limit=limit + 1))
    return page(found, limit, lambda one: (one.asked_at.isoformat(), one.id))


@reads("/shipments/{shipment_id:str}/documents", Permission.FULFILMENT_READ)
def get_shipment_documents(
    shipment_id: PathCode,
    door: NamedDependency[Door],
    page_cursor: QueryCursor = None,
    limit: QueryLimit = PAGE,
) -> Page[Paper]:
    """The documents of a shipment, before and after it has left, the newest first."""
    after = cursor(page_cursor, 2)

    def ask(tx: Connection) -> list[Paper]:
        nodes = orders.nodes_of(tx, [shipment_id])
        if not nodes:
            raise NotFound(what="shipment", id=shipment_id)
        door.actor.must(Permission.FULFILMENT_READ, *nodes)
        return views.papers(tx, leg=shipment_id, after=after, limit=limit + 1)

    return page(door.read(ask), limit, lambda one: (one.asked_at.isoformat(), one.id))


@reads("/documents/{document:str}", Permission.FULFILMENT_READ)
def get_document(document: PathCode, door: NamedDependency[Door]) -> Paper:
    """One document, without its content: whether it is made, and if not, why."""
    found = door.read(lambda tx: actions.known_paper(tx, document))
    door.actor.must(Permission.FULFILMENT_READ, found.node)
    return found


@reads("/documents/{document:str}/file", Permission.FULFILMENT_READ, media_type=TYPES[Format.PDF])
def get_document_file(document: PathCode, door: NamedDependency[Door]) -> Response[bytes]:
    """A document for printing, in its own format."""

    def ask(tx: Connection) -> tuple[Paper, bytes | None]:
        found = actions.known_paper(tx, document)
        door.actor.must(Permission.FULFILMENT_READ, found.node)
        return found, views.content(tx, document)

    paper, content = door.read(ask)
    if content is None:
        is_waiting = paper.state is PaperState.WAITING
        raise DocumentNotThere(id=document, retry_after_s=2 if is_waiting else None)
    named = f"{paper.kind.value}-{document}.{paper.format.value}"
    return Response(
        content,
        media_type=TYPES[paper.format],
        headers={"Content-Disposition": f'inline; filename="{named}"'},
    )


routes = [
    put_document,
    get_documents,
    get_shipment_documents,
    get_document,
    get_document_file,
]
