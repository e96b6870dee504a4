"""All settings. They come from the environment (.env.example explains each); what is not set is the safe choice.

DEMO is set by `make demo` alone: plain http on this machine, mail in a folder, no second factor asked.
"""

import os
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from monitor import environment
from monitor.environment import BASE_DIR
from monitor.logging import logging_config

environment.load_demo(os.environ)  # type: ignore[arg-type]  # os.environ is a dict in all but name

# --- Where we run ---------------------------------------------------------------------------------------------------
DEMO = environment.flag("DEMO")
DEBUG = environment.flag("DEBUG")
_START_OR_SET = "Start `make demo` (its database is then found by itself), or set {} (see .env.example)."
DATABASE_URL = environment.required("DATABASE_URL", _START_OR_SET.format("DATABASE_URL"))
REDIS_URL = environment.required("REDIS_URL", _START_OR_SET.format("REDIS_URL"))
SECRET_KEY = environment.required("SECRET_KEY", _START_OR_SET.format("SECRET_KEY"))
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")
# The address people use. Links in mails and the allowed hosts follow from it, never from what a request claims.
SITE_URL = environment.required("SITE_URL", _START_OR_SET.format("SITE_URL")).rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname:
    raise ImproperlyConfigured(f"SITE_URL must look like https://monitor.example.nl, not {SITE_URL!r}.")
HTTPS = _site.scheme == "https"
if not HTTPS and not DEMO:
    raise ImproperlyConfigured("SITE_URL must start with https:// (only the demo runs on plain http).")
ALLOWED_HOSTS = [_site.hostname, *environment.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- Parts ----------------------------------------------------------------------------------------------------------
# Every process pays for each app at its start, and every request for each middleware: keep both short.
INSTALLED_APPS = [
    "monitor.apps.MonitorConfig",
    "surveys.apps.SurveysConfig",
    "reports.apps.ReportsConfig",
    "surveys.apps.MonitorAdminConfig",  # in place of django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "crispy_forms",
    "crispy_bootstrap5",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "monitor.logging.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "monitor.security.SecurityHeadersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "surveys.sessions.AuthenticationMiddleware",
    "monitor.security.ClosedByDefaultMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "monitor.busy.BusyMiddleware",
]
ROOT_URLCONF = "monitor.urls"
WSGI_APPLICATION = "monitor.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- PostgreSQL: the truth, the sessions, the cache -----------------------------------------------------------------
DATABASES = {
    "default": {
        **environment.database(
            DATABASE_URL,
            {
                "lock_timeout": f"{environment.integer('LOCK_TIMEOUT_MS', 5_000)}ms",
                "statement_timeout": f"{environment.integer('STATEMENT_TIMEOUT_MS', 30_000)}ms",
                "idle_in_transaction_session_timeout": "60s",
            },
        ),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,  # services say themselves what belongs together
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "surveys.sessions"
# In PostgreSQL as well: a request never talks to Redis (docs/decisions/0002, 0003).
CACHES = {
    "default": {
        "BACKEND": "monitor.cache.PostgresCache",
        "LOCATION": "django_cache",
    }
}

# --- Log-in ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "surveys.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "monitor.hashers.LeanArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Length over composition: no rule asks for digits or signs.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
STAFF_SECOND_FACTOR = not DEMO
PASSWORD_RESET_TIMEOUT = 60 * 60 * 4

ACCOUNT_ADAPTER = "surveys.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # sign-up is closed; this keeps the password in the log-in form
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Staff makes the accounts, with an address they know; there is nothing to verify at log-in.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False  # it would step over the second factor
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # other sessions end all the same, their hash no longer fits
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
# Log-ins that fail are limited, per network and per account. Those that succeed are not: a course has one address.
ACCOUNT_RATE_LIMITS = {"login": None}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _site.scheme
ALLAUTH_TRUSTED_PROXY_COUNT = environment.integer("TRUSTED_PROXY_COUNT", 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Bibliotheekmonitor"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # see ACCOUNT_EMAIL_VERIFICATION
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO

SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# A browser accepts a __Host- cookie only over https, from this very host: no neighbouring site can plant one.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"

# --- What a browser may do; the content policy itself stands in monitor.security ------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, without https
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SILENCED_SYSTEM_CHECKS = [
    "security.W021",  # HSTS preloading is for whole domains; we are one name under somebody else's
]
# A roster page of a large city sends several fields for each of its schools.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- Filling in -----------------------------------------------------------------------------------------------------
# How long the browser waits after an answer, to send those that follow with it (decision 0013).
AUTOSAVE_GATHER_MS = 3000

# --- Language, files, mail ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", _("Dutch"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# The demo serves the files where they lie; a server collects them under names with a hash.
WHITENOISE_USE_FINDERS = DEMO
WHITENOISE_ALLOW_ALL_ORIGINS = False  # a header on every file, for other sites that would use them
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEMO
        else "monitor.static_files.StaticFiles"
    },
}
# Sending a mail writes a Notice row in the same transaction; the task `send_due_notices` hands it to NOTICE_BACKEND.
EMAIL_BACKEND = "surveys.emails.NoticeBackend"
NOTICE_BACKEND = (
    "django.core.mail.backends.filebased.EmailBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_FILE_PATH = BASE_DIR / ".demo" / "mail"
EMAIL_HOST = environment.text("EMAIL_HOST", "localhost")
EMAIL_PORT = environment.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = True
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.text("DEFAULT_FROM_EMAIL", f"monitor@{_site.hostname}")

# --- Background work: the row is the queue, Redis only the hurry (docs/decisions/0002) -------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SOFT_TIME_LIMIT = 5 * 60
CELERY_TASK_TIME_LIMIT = 6 * 60
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Above the hard limit, else a second worker gets a task that the first is still doing.
    "visibility_timeout": 15 * 60,
    # A frozen Redis must not freeze us: by default a publish would hang for over 40 seconds.
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
# `expires`: with no worker around the queue must not fill up with reminders of the same rows.
CELERY_BEAT_SCHEDULE = {
    "aggregate": {
        "task": "reports.tasks.aggregate_due",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "send notices": {
        "task": "surveys.tasks.send_due_notices",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "close waves": {
        "task": "surveys.tasks.close_due_waves",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "clear sessions": {
        "task": "surveys.tasks.clear_sessions",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}

LOGGING = logging_config(readable=DEMO or DEBUG, level=environment.text("LOG_LEVEL", "INFO"))
