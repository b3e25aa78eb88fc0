printf 'hello world' >a.txt
printf '' >b.txt
foreload tokens a.txt b.txt
printf 'hello world' | foreload tokens -
printf 'hello world' | foreload tokens --json - | sed 's/"mb_per_s":[0-9.]*/"mb_per_s":N/'
foreload tokens --json a.txt b.txt | sed 's/"mb_per_s":[0-9.]*/"mb_per_s":N/g'
