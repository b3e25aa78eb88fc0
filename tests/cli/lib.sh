# lib.sh: what the cases of the command line share. Sourced by run.sh before each.
set -u
export TEST_INPUTS=$INPUTS

foreload() {
    "$FORELOAD" "$@"
}

# Numbers depend on the machine, or on how ranking was tuned: what is compared is the rest.
without_numbers() {
    sed -E 's/[0-9]+([.,][0-9]+)*/N/g; s/N (µs|ms|s)\b/TIME/g; s/ +/ /g'
}

# The members of JSON that depend on the machine or on how ranking was tuned.
without_measures() {
    sed -E 's/"(confidence|score|weight|fit|tokens|baseline|exposed|reduction_percent)":-?[0-9.]+/"\1":N/g
            s/"time_us":\{[^}]*\}/"time_us":T/'
}

# The folder of the test's inputs, and that of the case, by their names.
without_paths() {
    sed -e "s|$INPUTS|INPUTS|g" -e "s|$PWD|HERE|g" -e "s|$HOME|HOME|g"
}

# Columns are as wide as what stands in them.
squeezed() {
    sed -E 's/ +/ /g'
}

# on_stderr FILTER COMMAND…: with what it writes there passed through the filter.
on_stderr() {
    { "${@:2}" 2>&1 >&3 | "$1" >&2; } 3>&1
}

# What servers have to tell comes in the order in which they answer.
sorted_without_numbers() {
    without_numbers | sort
}

# The exit status on stdout, for cases that run several command lines.
status() {
    "$@"
    echo "status $?"
}

needs() {
    command -v "$1" >/dev/null || exit 77
}
