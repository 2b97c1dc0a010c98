"""The commands, a module for those of one subject: what each takes, asks and answers."""
