"""Which dialogue serves what: by the button pressed, the step under way, or what a message was understood to want."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from bot.commands import Command
from bot.dialogue import Desk, Handler
from bot.dialogues import dossier, linking, procedure, survey
from bot.dialogues.choices import Choices
from bot.dialogues.disowning import Disowning
from bot.dialogues.dossier import Dossiers
from bot.dialogues.handover import Handover
from bot.dialogues.linking import Linking
from bot.dialogues.menu import Menu
from bot.dialogues.procedure import Procedures
from bot.dialogues.stopping import Stopping
from bot.dialogues.survey import SurveyTalk
from bot.understanding import Kind, Understanding
from dossiers.lookup import Lookup
from procedures.book import Book
from store.nouns import Store
from surveys.answering import Answering
from surveys.asking import Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Errands:
    """The table. `unprompted` hears what no step and no button claimed, before it is understood as a question."""

    commands: Mapping[Command, Handler]
    steps: Mapping[str, Handler]
    kinds: Mapping[Kind, Handler]
    unprompted: Handler
    menu: Menu
    handover: Handover
    linking: Linking
    understanding: Understanding


def errands(
    store: Store,
    *,
    book: Book,
    lookup: Lookup,
    answering: Answering,
    asking: Asking,
    desk: Desk,
    chance: random.Random,
) -> Errands:
    """All dialogues, made once."""
    menu, handover, stopping = Menu(desk), Handover(desk), Stopping(store.people)
    dossiers, procedures, choices = Dossiers(lookup, desk), Procedures(book, store.misses), Choices(book, store.misses)
    disowning = Disowning(store, lookup, handover)
    surveys, links = SurveyTalk(answering, asking), Linking(store, chance)
    return Errands(
        commands={
            Command.DOSSIER: dossiers.shown,
            Command.MORE: dossiers.more,
            Command.OWED: dossiers.owed,
            Command.ALL_OWED: dossiers.owed,
            Command.NOT_MINE: disowning.not_mine,
            Command.MINE: disowning.mine,
            Command.RATE: surveys.wanted,
            Command.MARK: surveys.marked,
            Command.PROCEDURE: procedures.shown,
            Command.PAPERS: procedures.papers,
            Command.TIME_AND_FEE: procedures.time_and_fee,
            Command.STEPS: procedures.steps,
            Command.NOT_THIS: procedures.not_this,
            Command.ASK_PROCEDURE: menu.ask_procedure,
            Command.LINK: links.begin,
            Command.AGREE: links.agreed,
            Command.UNLINK: links.undo,
            Command.HUMAN: handover.wanted,
            Command.MENU: menu.help,
            Command.OFF: stopping.off,
            Command.ON: stopping.on,
        },
        steps={
            dossier.PROOF: dossiers.proof,
            procedure.STEP: procedures.follow_up,
            survey.STEP: surveys.answered,
            linking.PHONE: links.phone,
            linking.CODE: links.code,
        },
        kinds={
            Kind.ANSWER: procedures.shown,
            Kind.CHOICES: choices.offer,
            Kind.OUT_OF_SCOPE: choices.not_ours,
            Kind.DOSSIER: dossiers.shown,
            Kind.FEE: dossiers.owed,
            Kind.SURVEY: surveys.wanted,
            Kind.STOP: stopping.off,
            **_small_talk(menu, handover),
        },
        unprompted=surveys.unprompted,
        menu=menu,
        handover=handover,
        linking=links,
        understanding=Understanding(book),
    )


def _small_talk(menu: Menu, handover: Handover) -> Mapping[Kind, Handler]:
    """What is about neither a dossier nor a procedure."""
    return {Kind.GREETING: menu.greet, Kind.HELP: menu.help, Kind.HUMAN: handover.wanted}
