"""Scripts that run in a child process, beside a real pip: ``python script.py question.json`` prints an answer as JSON."""
