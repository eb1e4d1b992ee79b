# SPDX-License-Identifier: BSD-2-Clause
# Interrupts a second against the 99th percentile of latency, a panel for each load.
# Set: data, a file of lines "load policy interrupts-per-second p99"; out, the pictures without suffix.

loads = system("cut -d' ' -f1 ".data." | awk '!seen[$0]++'")
policies = system("cut -d' ' -f2 ".data." | awk '!seen[$0]++'")
columns = 4
rows = (words(loads) + columns - 1) / columns

draw = "set multiplot layout rows, columns; \
	do for [load in loads] { \
		set title load; \
		plot for [policy in policies] sprintf(\"< grep '^%s %s ' %s\", load, policy, data) \
			using 4:3 with points pointtype 7 \
			pointsize (policy eq 'ours' ? 1.6 : 0.9) title policy noenhanced \
	}; unset multiplot"

set logscale xy
set xlabel "p99 latency, us" offset 0, 0.5
set ylabel "interrupts/s" offset 1.5, 0
set key font ",7" samplen 0.5 spacing 0.9
set tics font ",8"
set grid

set terminal svg size 1500, 350 * rows noenhanced background "white"
set output out.".svg"
eval(draw)
set terminal pngcairo size 1500, 350 * rows noenhanced
set output out.".png"
eval(draw)
