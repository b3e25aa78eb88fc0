status foreload catalog show -c "$INPUTS/tools.jsonl" creat_pull_request
status foreload catalog show -c "$INPUTS/tools.jsonl" github/list_isues
status foreload catalog show -c "$INPUTS/tools.jsonl" search
status foreload catalog show -c "$INPUTS/tools.jsonl" nothing_like_it
