# A thousand of everything that may repeat.
many=$(for i in $(seq 1000); do echo "--candidates read_file,write_file"; done)
foreload select -c "$INPUTS/tools.jsonl" $many --json read a file | without_measures |
    sed 's/.*"choices"/"choices"/; s/"categories".*//'
