export DEFAULT_LOADING_STRATEGY=balancd DETECTION_TIMEOUT_MS=-1 DYNAMIC_LOADING_ENABLED=maybe
status foreload config check
status foreload select -c "$INPUTS/tools.jsonl" --strategy balanced send
status env LOADING_TIMEOUT_MS= DEFAULT_LOADING_STRATEGY= DETECTION_TIMEOUT_MS= DYNAMIC_LOADING_ENABLED= \
    "$FORELOAD" config check
