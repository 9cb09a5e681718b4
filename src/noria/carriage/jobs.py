"""What the worker does for documents: draw those that were asked for."""

from noria.carriage import paper_actions as papers
from noria.carriage.model import PAPER_JOB
from noria.kit.errors import Refusal
from noria.kit.jobs import Progress, task


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
