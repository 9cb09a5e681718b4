-- What the pace of arrivals counts in: days on which the service of a leg delivers.

comment on table arrival_pace is 'of legs of which a carrier had said that by that hour, so many days of delivery of their service after the day they were planned for: how many were seen, and how many came that day; what is old fades';
