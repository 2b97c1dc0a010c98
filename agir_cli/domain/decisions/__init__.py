"""One decision function a command: accepted (these drafts, these warnings) or refused."""
