# What a server calls its tools cannot drive the terminal.
printf '%s\n' '{"name": "red", "server": "x", "description": "A \u001b[31mred\u0007 tool\u202e gnp"}' >tools.jsonl
foreload catalog show -c tools.jsonl red | grep description | od -c
