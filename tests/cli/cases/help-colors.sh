foreload --color always help config path | head -n 1 | od -c | head -n 2
NO_COLOR=1 foreload help config path | head -n 1
