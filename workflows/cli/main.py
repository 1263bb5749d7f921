"""The command line: `voucher`, one file a noun.

Exit codes: 0 it is done, 2 what was given is refused (every problem on stderr), 1 a fault of ours.
"""

import json
from importlib import import_module
from typing import Any, NamedTuple

import click
from sqlalchemy.exc import OperationalError

from voucher.errors import Refusal
from workflows.cli.commands import wants_json
from workflows.refusals import FAILED, REFUSED, problem_details


class Entry(NamedTuple):
    """A command: where it is defined, and the line of help that `voucher --help` shows."""

    where: str
    purpose: str


# One line each. A command's file is loaded when it is asked for, so that `voucher bank read` need not wait for the
# portal and the PDF engine to load.
COMMANDS = {
    "award": Entry("workflows.cli.award:award", "Awards of providers: preview, ask, decide."),
    "bank": Entry("workflows.cli.bank:bank", "Bank files: read one, import one."),
    "batch": Entry("workflows.cli.batch:batch", "Batches of payouts: gather, release, export."),
    "case": Entry("workflows.cli.case:case", "The whole of a case as a folder that can be checked."),
    "claim": Entry("workflows.cli.claim:claim", "Claims: submit, verify line by line, approve."),
    "db": Entry("workflows.cli.database:db", "The database: bring it up to date."),
    "deadline": Entry("workflows.cli.deadline:deadline", "Deadlines: what is awaited, the most overdue first."),
    "demo": Entry("workflows.cli.demo:demo", "The whole story on invented data."),
    "deposit": Entry("workflows.cli.deposit:deposit", "Deposits of SMEs into wallets, and what goes back."),
    "doctor": Entry("workflows.cli.doctor:doctor", "Check the installation; each complaint says the mend."),
    "document": Entry("workflows.cli.document:document", "Documents: verify one."),
    "exchange": Entry("workflows.cli.exchange:exchange", "Keyed hashes of invoices and papers, exchanged with other offices."),
    "recovery": Entry("workflows.cli.recovery:recovery", "Money that was paid wrongly and is asked for again."),
    "notice": Entry("workflows.cli.notice:notice", "Public notices of what will be paid."),
    "objection": Entry("workflows.cli.notice:objection", "Objections to what stands on a public notice."),
    "finding": Entry("workflows.cli.finding:finding", "Findings of the checks, and decisions about them."),
    "fund": Entry("workflows.cli.fund:fund", "Fund lines: what was voted, released and is left."),
    "history": Entry("workflows.cli.history:history", "What happened, and whether it explains what stands."),
    "job": Entry("workflows.cli.job:job", "Jobs that wait for the worker."),
    "key": Entry("workflows.cli.person:key", "API keys: make one."),
    "ledger": Entry("workflows.cli.ledger:ledger", "The books: trial balance, proof, export."),
    "letter": Entry("workflows.cli.letter:letter", "Letters: who was told what, and when."),
    "manual": Entry("workflows.cli.manual:manual_command", "The accounting manual, written from the code."),
    "order": Entry("workflows.cli.order:order", "Orders: place, accept, deliver."),
    "organisation": Entry("workflows.cli.organisation:organisation", "Firms, providers and the office, and their accounts."),
    "payout": Entry("workflows.cli.payout:payout", "Payouts: list them, issue a returned one again."),
    "person": Entry("workflows.cli.person:person", "People: enter one, give him a role."),
    "programme": Entry("workflows.cli.programme:programme", "Programmes: check, calculate and publish terms."),
    "serve": Entry("workflows.cli.serve:serve", "Serve the portal and the API."),
    "tie": Entry("workflows.cli.tie:tie", "Ties between firms, people and things."),
    "voucher": Entry("workflows.cli.voucher:voucher", "Vouchers: apply, review, issue."),
    "worker": Entry("workflows.cli.worker:worker", "Do the jobs that wait."),
}


class Desk(click.Group):
    """A group that loads each command when it is asked for, and turns a refusal into exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, whether loaded or not."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from its own file."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].where.split(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command), COMMANDS[cmd_name].where
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].purpose) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; say a refusal on stderr."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            machine = wants_json(ctx)
            told = json.dumps(problem_details(refusal), ensure_ascii=False, indent=2, default=str) if machine else str(refusal)
            click.echo(told, err=True)
            ctx.exit(REFUSED)
        except OperationalError as error:
            click.echo(f"The database does not answer: {str(error).splitlines()[0]}\n`voucher doctor` says more.", err=True)
            ctx.exit(FAILED)


@click.group(cls=Desk, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="voucher", message="%(version)s")
def main() -> None:
    """Innovation vouchers, from issue to bank-confirmed reimbursement.

    Example: voucher programme check terms.yaml

    Exit codes: 0 it is done, 2 what was given is refused (every problem on stderr), 1 a fault of ours.
    """


if __name__ == "__main__":
    main()
