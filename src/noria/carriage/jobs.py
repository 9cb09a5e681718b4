"""What the worker does: draw documents, and let labels follow what became of their orders."""

from noria.carriage import paper_actions as papers
from noria.carriage import trouble_actions
from noria.carriage.model import PAPER_JOB
from noria.kit import clock
from noria.kit.db import Database
from noria.kit.errors import Refusal
from noria.kit.jobs import Progress, periodic, task


@task(PAPER_JOB, attempts=3)
def make_paper(progress: Progress, *, paper: str) -> dict[str, int]:
    """Draw a document and keep it; one that cannot be made says why."""
    db = progress.db
    try:
        wanted, content = db.run(lambda tx: papers.gather(tx, paper))
        made = papers.draw(wanted, content)
    except Refusal as refusal:
        words = refusal.sentence("en")
        db.run(lambda tx: papers.finish(tx, paper, None, detail=words))
        raise
    db.run(lambda tx: papers.finish(tx, paper, made))
    return {"bytes": len(made)}


@periodic("carriage.follow", "* * * * *")
def follow(db: Database) -> None:
    """Take back labels that nobody uses any more, or that go to an old address: those anew."""
    while db.run(lambda tx: trouble_actions.take_back(tx, now=clock.now(tx))):
        pass
    while db.run(lambda tx: trouble_actions.recall(tx, now=clock.now(tx))):
        pass
    db.run(lambda tx: trouble_actions.renew(tx, now=clock.now(tx)))
