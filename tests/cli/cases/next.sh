# What was used is foreseen, also by the next process.
foreload next
foreload next --user ann --used mail/read --used mail/reply --used calendar/add >/dev/null
foreload next --user bob --used mail/read --used mail/reply --used calendar/add >/dev/null
foreload next --user eve --used mail/read | without_numbers
foreload next --user eve --steps 3 --top 2 | without_numbers
foreload next --user eve --json | sed -E 's/:-?[0-9][0-9.]*/:N/g'
