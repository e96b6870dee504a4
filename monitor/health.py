"""`/healthz`: for a load balancer and for `make demo`. Asks PostgreSQL only; what Redis does is no web matter."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and knows our schema, else 503 with the reason."""
    try:
        executor = MigrationExecutor(connection)
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        return JsonResponse({"status": "migrations pending", "pending": len(pending)}, status=503)
    return JsonResponse({"status": "ok"})
