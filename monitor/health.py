"""`/healthz`: for a load balancer and for `make demo`. Asks PostgreSQL only; what Redis does is no web matter.

Migrations are looked at until none is pending, once per process: that reads every migration file, and what was
migrated stays so. After that a probe costs one `SELECT 1`.
"""

from threading import Event

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_IS_MIGRATED = Event()


def _pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and knows our schema, else 503 with the reason."""
    try:
        if _IS_MIGRATED.is_set():
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        elif pending := _pending_migrations():
            return JsonResponse({"status": "migrations pending", "pending": pending}, status=503)
        else:
            _IS_MIGRATED.set()
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})
