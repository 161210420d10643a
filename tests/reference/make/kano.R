# Makes the references of the kano room from R. Run from this folder: Rscript kano.R
if (file.exists("customers.R")) setwd("..")
source("make/customers.R")

set.seed(1984); n <- 60
answers <- data.frame(speed_present = sample(1:5, n, TRUE, c(.4, .3, .15, .1, .05)), speed_absent = sample(1:5, n, TRUE, c(.05, .05, .2, .3, .4)),
  coffee_present = sample(1:5, n, TRUE, c(.35, .1, .35, .15, .05)), coffee_absent = sample(1:5, n, TRUE, c(.1, .05, .45, .3, .1)))
answers$speed_absent[3] <- NA; answers$coffee_present[c(9, 10)] <- NA
pairs <- list(speed = c("speed_present", "speed_absent"), coffee = c("coffee_present", "coffee_absent"))
words <- c(M = "must_be", O = "one_dimensional", A = "attractive", I = "indifferent", R = "reverse", Q = "questionable")
evaluation <- function(corners) {
  t <- matrix(c("Q","A","A","A","O", "R","I","I","I","M", "R","I","I","I","M", "R","I","I","I","M", "R","R","R","R","Q"), 5, byrow = TRUE)
  # Pouliot (in Berger et al., 1993, p. 33), as the 25 cells in Reppel (2022), Annotated-Script.Rmd: equal answers are questionable, twice neutral is not.
  if (corners == "pouliot") diag(t)[c(1, 2, 4, 5)] <- "Q"
  if (corners == "one_dimensional") t[1, 1] <- "O"
  t
}
attribute <- function(name, counts, level = .95) {
  n <- sum(counts); set.seed(1); draws <- rmultinom(200000, n, counts / n); rownames(draws) <- names(counts)
  base <- colSums(draws[c("M", "O", "A", "I"), ]); tail <- c((1 - level) / 2, (1 + level) / 2)
  b <- quantile((draws["A", ] + draws["O", ]) / base, tail); w <- quantile(-(draws["M", ] + draws["O", ]) / base, tail)
  four <- counts[c("M", "O", "A", "I")]; test <- chisq.test(four); two <- sort(counts, decreasing = TRUE)[1:2]
  bound <- 1.65 * sqrt(sum(two) * (2 * n - sum(two)) / (2 * n)); sure <- two[[1]] - two[[2]] > bound
  order <- names(counts)[order(-counts, seq_along(counts))]
  c(row(term = name, n = n), setNames(as.list(unname(counts)), words[names(counts)]),
    row(better = (counts[["A"]] + counts[["O"]]) / sum(four), worse = -(counts[["M"]] + counts[["O"]]) / sum(four),
      better_low = b[[1]], better_high = b[[2]], worse_low = w[[1]], worse_high = w[[2]],
      category = words[[order[1]]], category_ranked = words[[if (sure) order[1] else names(counts)[min(match(order[1:2], names(counts)))]]],
      fong = if (sure) "yes" else "no", fong_difference = two[[1]] - two[[2]], fong_bound = bound, strength = sum(counts[1:3]) / n,
      chisq = unname(test$statistic), df = 3, p_value = test$p.value))
}
tally <- function(pair, corners) {
  d <- answers[complete.cases(answers[pair]), pair]; found <- evaluation(corners)[as.matrix(d)]
  sapply(names(words), function(k) sum(found == k))
}
near <- list(default = 1e-8, better_low = list(abs = .02), better_high = list(abs = .02), worse_low = list(abs = .02), worse_high = list(abs = .02))
for (corners in c("standard", "pouliot", "one_dimensional")) {
  level <- if (corners == "standard") .95 else .9
  truth("kano", paste0("categories_", corners), "categories", paste("Two attributes from pairs of answers, table:", corners),
    list(pairs = pairs, corners = corners, conf_level = level), lapply(names(pairs), function(k) attribute(k, tally(pairs[[k]], corners), level)),
    info = list(n_total = 60, n_used = 60), data = list(columns = as.list(answers)), tolerance = near,
    command = "evaluation table as a matrix; 200,000 rmultinom draws; chisq.test; Fong's bound", citation = paste0("Berger et al. (1993); ", if (corners == "pouliot") "Reppel (2022), github.com/REPPL/Doing-research-online-the-kano-model (Annotated-Script.Rmd: the table of Pouliot, in Berger et al. p. 33, in 25 cells); ", "Fong (1996)"))
}

# Trade-off: all bundles by expand.grid, shadow prices as differences of linear programmes (boot::simplex).
library(boot)
options <- data.frame(name = c("callback", "chat", "evening", "expert", "tracking", "refund"), value = c(4, 3, 5, 6, 2.5, 3.5),
  cost = c(20, 15, 40, 55, 10, 25), minutes = c(12, 20, 30, 25, 2, 5), law = c(0, 0, 0, 0, 0, 1), ban = c(0, 1, 0, 0, 0, 0))
options <- options[order(options$name), ]; k <- nrow(options)
every <- as.matrix(expand.grid(rep(list(0:1), k)))
total <- function(x) drop(every %*% x)
best_of <- function(keep) max(total(options$value)[keep])
trade <- function(caps, law, ban) {
  ok <- rep(TRUE, nrow(every)); for (j in which(law == 1)) ok <- ok & every[, j] == 1; for (j in which(ban == 1)) ok <- ok & every[, j] == 0
  within <- sapply(names(caps), function(c) total(options[[c]]) <= caps[[c]]); all_in <- ok & apply(within, 1, all)
  v <- total(options$value); cost <- total(options$cost); feasible <- which(all_in)
  good <- feasible[sapply(feasible, function(i) !any(cost[feasible] <= cost[i] & v[feasible] >= v[i] & (cost[feasible] < cost[i] | v[feasible] > v[i])))]
  good <- good[order(cost[good])]; bundle <- function(i) row(choice = paste(options$name[every[i, ] == 1], collapse = ", "), n = sum(every[i, ]), value = v[i], cost = cost[i])
  top <- good[length(good)]
  relaxed <- function(caps) { free <- law == 0 & ban == 0; fixed <- law == 1
    b <- sapply(names(caps), function(c) caps[[c]] - sum(options[[c]][fixed])); A <- t(as.matrix(options[free, names(caps), drop = FALSE]))
    s <- simplex(options$value[free], A1 = rbind(A, diag(sum(free))), b1 = c(b, rep(1, sum(free))), maxi = TRUE); sum(s$soln * options$value[free]) }
  price <- sapply(names(caps), function(c) { up <- caps; up[[c]] <- up[[c]] + .01; down <- caps; down[[c]] <- down[[c]] - .01; (relaxed(up) - relaxed(down)) / .02 })
  limits <- lapply(names(caps), function(c) row(term = c, part = "limit", limit = caps[[c]], used = sum(options[[c]] * every[top, ]),
    estimate = best_of(ok & apply(within[, names(caps) != c, drop = FALSE], 1, all)) - v[top], shadow_price = price[[c]]))
  rules <- lapply(which(law + ban > 0), function(j) { l <- law; l[j] <- 0; b <- ban; b[j] <- 0; free <- apply(within, 1, all)
    for (m in which(l == 1)) free <- free & every[, m] == 1; for (m in which(b == 1)) free <- free & every[, m] == 0
    row(term = options$name[j], part = "rule", note = if (law[j] == 1) "required" else "forbidden", estimate = best_of(free) - v[top]) })
  list(rows = c(lapply(seq_along(good), function(r) c(row(term = paste("front", r), part = "front"), bundle(good[r]))), list(c(row(term = "best", part = "best"), bundle(top))), limits, rules),
    fit = list(n_feasible = sum(all_in), n_bundles = nrow(every)))
}
caps <- list(cost = 90, minutes = 45); found <- trade(caps, options$law, options$ban)
shuffled <- options[c(4, 2, 6, 1, 3, 5), ]
truth("kano", "trade_off", "trade_off", "Six service options under a budget, staff minutes, a legal duty and a ban",
  list(option = "name", value = "value", cost = "cost", limits = caps, required = "law", forbidden = "ban"), found$rows, found$fit, info = list(n_used = 6),
  data = list(columns = as.list(shuffled)), command = "expand.grid; dominated bundles by comparison of all pairs; boot::simplex differences", citation = paste("boot", packageVersion("boot")), tolerance = list(default = 1e-7))

# Sensitivity: one value at a time at its ends, the best bundle by enumeration.
lows <- c(.5, 1, 1.5, 1, 2, .5); highs <- c(1, 4.5, 2, 3, 1, 1.5); options$low <- options$value - lows; options$high <- options$value + highs
best_under <- function(value) { ok <- total(options$cost) <= caps$cost & total(options$minutes) <= caps$minutes & every[, options$law == 1] == 1 & every[, options$ban == 1] == 0
  i <- which(ok)[which.max(total(value)[ok])]; list(value = total(value)[i], choice = paste(options$name[every[i, ] == 1], collapse = ", ")) }
now <- best_under(options$value)
rows <- lapply(seq_len(k), function(j) { ends <- lapply(c("low", "high"), function(e) { v <- options$value; v[j] <- options[[e]][j]; best_under(v) })
  other <- unique(sapply(ends, `[[`, "choice")); other <- other[other != now$choice]
  row(term = options$name[j], estimate = now$value, conf_low = ends[[1]]$value, conf_high = ends[[2]]$value, decision = if (length(other)) "inconclusive" else "supported", note = paste(other, collapse = " | ")) })
rows <- rows[order(sapply(rows, function(r) r$conf_low - r$conf_high), sapply(rows, `[[`, "term"))]
truth("kano", "sensitivity_rules", "sensitivity", "The same options with the ends of their values, under the same limits, duty and ban",
  list(option = "name", value = "value", cost = "cost", low = "low", high = "high", limits = caps, required = "law", forbidden = "ban"), rows, info = list(n_used = 6),
  data = list(columns = as.list(options[c(4, 2, 6, 1, 3, 5), ])), command = "expand.grid, the best bundle with one value moved", tolerance = list(default = 1e-9))
