"""The quickstart's supervisor: starts the whole system on one machine and watches over it.

Reading order: settings (where everything lives and listens), plant, configuration (what the parts
are told), processes (starting, watching, ending), prometheus and table (what came of it), system
(all of it together), __main__ (the command line). Standard library only.
"""
