"""The administration of the collection side. Its front door is `surveys.admin_site`."""

from surveys.admin import libraries, notices, people, prefills, questionnaires, responses, schools, waves

__all__ = ["libraries", "notices", "people", "prefills", "questionnaires", "responses", "schools", "waves"]
