"""The Celery side: one task a message, its row in PostgreSQL read before and marked after, as GOV.UK Notify does.

Late acknowledgement and one message prefetched a thread: what a killed worker held comes back, after the broker's
visibility timeout. Read from the environment: CELERY_BROKER, CELERY_DATABASE, CELERY_GATEWAY.
"""

import os

import requests
from celery import Celery
from psycopg_pool import ConnectionPool

from benchmarks.speed import letters
from benchmarks.speed.peers.posting import body

THREADS = 8
VISIBLE_AGAIN = 15
"""Seconds after which Redis gives out anew what was not acknowledged; the default is an hour."""

app = Celery("letters", broker=os.environ["CELERY_BROKER"])
app.conf.update(
    broker_transport_options={"visibility_timeout": VISIBLE_AGAIN},
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=4,
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
)
_GATEWAY = os.environ["CELERY_GATEWAY"]
_pool = ConnectionPool(os.environ["CELERY_DATABASE"], min_size=1, max_size=THREADS, open=False)
_session = requests.Session()
_session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=THREADS))


@app.task(name="letter")
def letter(row_id: str) -> None:
    _pool.open()
    with _pool.connection() as connection:
        (job,) = connection.execute("SELECT job FROM letter WHERE id = %s", (row_id,)).fetchone() or ("",)
    headers = {"Authorization": f"Bearer {letters.TOKEN}", "Content-Type": "application/json"}
    _session.post(_GATEWAY, data=body(job), headers=headers, timeout=60).raise_for_status()
    with _pool.connection() as connection:
        connection.execute("UPDATE letter SET status = 'sent' WHERE id = %s", (row_id,))
