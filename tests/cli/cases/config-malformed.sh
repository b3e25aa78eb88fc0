status foreload --config missing.json config check
printf '{\n  "color": \n' >a.json
status foreload --config a.json config check
printf '[1]' >b.json
status foreload --config b.json config check
printf '{"color": "auto", "color": "never"}' >c.json
status foreload --config c.json config check
printf '{ /* never ends' >d.json
status foreload --config d.json config check
printf '{"color": "\xff"}' >e.json
status foreload --config e.json config check
printf '' >f.json
status foreload --config f.json config check
printf '%0200000d' 0 | tr 0 '[' >g.json
status foreload --config g.json config check
status foreload --config . config check
