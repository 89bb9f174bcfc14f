"""Scripts for child processes, beside a real pip: ``python script.py question.json`` prints its answer as JSON."""
