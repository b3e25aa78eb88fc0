printf 'ab\xffcd' >bad.txt
printf 'fine' >good.txt
status foreload tokens bad.txt missing.txt good.txt
status foreload tokens --json bad.txt
status foreload tokens .
