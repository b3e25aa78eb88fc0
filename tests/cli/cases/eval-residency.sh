# The keys are a contract with those who measure.
for policy in lru lfu gdsf hybrid prediction; do
    foreload eval residency --trace "$INPUTS/uses.tsv" --sizes "$INPUTS/sizes.tsv" --budget 400 \
        --policy $policy --json
done
foreload eval residency -t "$INPUTS/uses.tsv" -s "$INPUTS/sizes.tsv" -b 60% -p prediction --preload
foreload eval residency -t "$INPUTS/uses.tsv" -s "$INPUTS/sizes.tsv" -b 1M --preload --json
[ ! -e "$FORELOAD_HOME" ] && echo 'nothing was written'
