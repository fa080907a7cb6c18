"""The memory as one thing: a `Store` has one attribute a noun, and each noun's queries take the open transaction."""

from store.agencies import Agencies
from store.audit import Audit
from store.conversations import Conversations
from store.database import Database
from store.digests import Digests
from store.dossiers import Dossiers
from store.ids import Clock, Ids
from store.inbox import Inbox
from store.keys import Keys
from store.misses import Misses
from store.mutes import Mutes
from store.notices import Notices
from store.outbox.history import Outbox
from store.people import People
from store.personal import Seal
from store.procedures import Procedures
from store.rates import Rates
from store.receipts import Receipts
from store.runs import Runs
from store.spending import Spending
from store.staff import Staff
from store.surveys import Surveys
from store.switches import Switches
from store.tokens import Tokens
from store.wakeup import Wakeup


class Store:
    """All nouns over one database. Opening and closing stay with who made the database and the wake-up."""

    def __init__(self, database: Database, seal: Seal, ids: Ids, clock: Clock, *, poll: float = 2.0) -> None:
        self.database = database
        self.seal = seal
        self.ids = ids
        self.wakeup = Wakeup(database, poll=poll)
        self.people = People(seal, ids)
        self.dossiers = Dossiers(seal, ids)
        self.agencies = Agencies(seal, ids)
        self.procedures = Procedures(seal, ids)
        self.surveys = Surveys(seal, ids)
        self.notices = Notices(seal, ids)
        self.conversations = Conversations(seal, ids)
        self.inbox = Inbox(seal, ids)
        self.misses = Misses(seal, ids)
        self.mutes = Mutes(seal, ids)
        self.digests = Digests(seal, ids)
        self.outbox = Outbox(seal, ids)
        self.rates = Rates(seal, ids)
        self.receipts = Receipts(seal, ids)
        self.tokens = Tokens(database, seal, ids, clock)
        self.staff = Staff(seal, ids)
        self.keys = Keys(seal, ids)
        self.audit = Audit(seal, ids)
        self.runs = Runs(seal, ids)
        self.switches = Switches(seal, ids)
        self.spending = Spending(seal, ids)
