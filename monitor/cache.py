"""The cache in PostgreSQL: Django's table, but each change is one statement. A log-in makes ten, to count attempts."""

import base64
import pickle
from datetime import UTC, datetime
from secrets import randbelow
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.utils import timezone

# One change in a hundred also removes what has expired. What has not, stays however much there is: Django's own drops a
# third of it beyond 300 entries, and with that who is guessing passwords.
CLEAR_EVERY = 100

STORE = """
    INSERT INTO django_cache AS entry (cache_key, value, expires) VALUES (%s, %s, %s)
    ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value, expires = excluded.expires
    WHERE %s OR entry.expires < %s
"""
TOUCH = "UPDATE django_cache SET expires = %s WHERE cache_key = %s AND expires >= %s"
CLEAR = "DELETE FROM django_cache WHERE expires < %s"


class PostgresCache(DatabaseCache):
    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """Set, add (where nothing is there or it has expired) or touch; whether that was done."""
        moment = self.get_backend_timeout(timeout)
        expires = datetime.max.replace(tzinfo=UTC) if moment is None else datetime.fromtimestamp(moment, tz=UTC)
        now = timezone.now()
        with connection.cursor() as cursor:
            if randbelow(CLEAR_EVERY) == 0:
                cursor.execute(CLEAR, [now])
            if mode == "touch":
                cursor.execute(TOUCH, [expires, key, now])
            else:
                pickled = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode()
                cursor.execute(STORE, [key, pickled, expires, mode == "set", now])
            return bool(cursor.rowcount)
