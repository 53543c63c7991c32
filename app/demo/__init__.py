"""The demonstration: departments, people and two apps with which the main journey can be walked."""

from profiles.audit.service import Initiator
from profiles.temporal import Provenance

INITIATOR = Initiator.system("command:demo")
PROVENANCE = Provenance(recorded_by=None, source="demo", reason="Demonstration data")
