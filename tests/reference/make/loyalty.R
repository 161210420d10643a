# Makes the references of the loyalty room from R. Run from this folder: Rscript loyalty.R
if (file.exists("customers.R")) setwd("..")
source("make/customers.R")
suppressMessages(library(survey))

# The net promoter score is the mean of 100, 0 and -100; its variance here divides by n.
scores <- function(x, bands = c(6, 9)) 100 * ((x >= bands[2]) - (x <= bands[1]))
spread <- function(s) sqrt(mean(s^2) - mean(s)^2)
nps_row <- function(x, group = "", interval = "wald", level = .95, bands = c(6, 9)) {
  x <- x[!is.na(x)]; s <- scores(x, bands); n <- length(s); z <- qnorm((1 + level) / 2)
  p <- sum(s > 0); d <- sum(s < 0)
  ends <- switch(interval, wald = mean(s) + c(-z, z) * spread(s) / sqrt(n),
    adjusted_wald = {
      a <- (p + .75) / (n + 3); b <- (d + .75) / (n + 3)
      100 * (a - b + c(-z, z) * sqrt((a + b - (a - b)^2) / (n + 3)))
    }, score = 100 * score(p, d, n, z))
  row(term = "recommend", group = group, n = n, estimate = mean(s), std_error = spread(s) / sqrt(n),
    conf_low = max(ends[1], -100), conf_high = min(ends[2], 100), promoters = p / n, passives = 1 - p / n - d / n,
    detractors = d / n)
}
# The likelihood is maximised numerically under each score, independent of the closed form.
score <- function(p, d, n, z) {
  error <- function(null) {
    loglik <- function(q) dmultinom(c(p, d, n - p - d), prob = c(q + null, q, 1 - 2 * q - null), log = TRUE)
    q <- optimize(loglik, c(max(0, -null), (1 - null) / 2), maximum = TRUE, tol = 1e-12)$maximum
    sqrt((2 * q + null - null^2) / n)
  }
  e <- (p - d) / n
  f <- function(null, sign) sign * (e - null) / error(null) - z
  c(uniroot(f, c(-.999999, e - 1e-9), sign = 1, tol = 1e-12)$root, uniroot(f, c(e + 1e-9, .999999), sign = -1, tol = 1e-12)$root)
}
by_branch <- function(...) lapply(sort(unique(customers$branch)), function(b) nps_row(customers$recommend[customers$branch == b], b, ...))
command <- "mean(s), sqrt((mean(s^2) - mean(s)^2) / n) with s = 100 for 9-10, 0 for 7-8, -100 for 0-6"
truth("loyalty", "nps", "nps", "Net promoter score of one sample", list(item = "recommend"), list(nps_row(customers$recommend)),
  info = list(n_total = 60, n_used = 59), command = command)
truth("loyalty", "nps_groups", "nps", "Net promoter score per branch, 90%", list(item = "recommend", group = "branch", conf_level = .9),
  by_branch(level = .9), command = command)
truth("loyalty", "nps_adjusted", "nps", "Net promoter score per branch, adjusted Wald interval",
  list(item = "recommend", group = "branch", interval = "adjusted_wald"), by_branch(interval = "adjusted_wald"),
  command = "Wald interval after adding 3/4, 3/4 and 3/2 answers (Rocks, 2016)", citation = "Rocks (2016), The American Statistician 70")
truth("loyalty", "nps_score", "nps", "Net promoter score per branch, score interval",
  list(item = "recommend", group = "branch", interval = "score"), by_branch(interval = "score"),
  command = "uniroot over the score, restricted likelihood maximised by optimize", citation = "Tango (1998), Statistics in Medicine 17",
  tolerance = list(default = 1e-8, conf_low = 2e-5, conf_high = 2e-5))
truth("loyalty", "nps_bands", "nps", "Net promoter score with own bands on a scale of 0 to 12",
  list(item = "recommend", scale = c(0, 12), bands = c(4, 8)), list(nps_row(customers$recommend, bands = c(4, 8))), command = command)

weighted_row <- function(x, group = "") {
  x <- x[!is.na(x$recommend), ]; x$s <- scores(x$recommend)
  m <- svymean(~s, svydesign(ids = ~1, weights = ~weight, data = x)); e <- unname(SE(m)[1]); w <- x$weight
  c(row(term = "recommend", group = group, n = nrow(x), n_effective = sum(w)^2 / sum(w^2), estimate = unname(coef(m)),
    std_error = e, conf_low = unname(coef(m)) - qnorm(.975) * e, conf_high = unname(coef(m)) + qnorm(.975) * e,
    promoters = sum(w[x$s > 0]) / sum(w), passives = sum(w[x$s == 0]) / sum(w), detractors = sum(w[x$s < 0]) / sum(w)))
}
survey_version <- paste("survey", packageVersion("survey"))
truth("loyalty", "nps_weighted", "nps", "Weighted net promoter score per branch", list(item = "recommend", group = "branch", weights = "weight"),
  lapply(split(customers, customers$branch), function(x) weighted_row(x, x$branch[1])) |> unname(),
  command = "svymean(~s, svydesign(ids = ~1, weights = ~weight))", citation = survey_version)

pairs <- function(marks, method, level = .95) { z <- qnorm((1 + level) / 2)
  names <- names(marks); all <- combn(length(marks), 2)
  rows <- lapply(seq_len(ncol(all)), function(k) {
    a <- marks[[all[1, k]]]; b <- marks[[all[2, k]]]; e <- sqrt(a[2]^2 + b[2]^2); d <- a[1] - b[1]
    row(term = "recommend", group = names[all[1, k]], reference_group = names[all[2, k]], estimate = d, std_error = e,
      statistic = d / e, p_value = 2 * pnorm(-abs(d / e)), conf_low = d - z * e, conf_high = d + z * e)
  })
  adjusted <- p.adjust(sapply(rows, `[[`, "p_value"), method)
  for (k in seq_along(rows)) rows[[k]]$p_adjusted <- adjusted[k]
  # The test that all are equal, as a contrast matrix.
  m <- sapply(marks, `[`, 1); v <- diag(sapply(marks, `[`, 2)^2); L <- cbind(1, -diag(length(m) - 1))
  w <- drop(t(L %*% m) %*% solve(L %*% v %*% t(L)) %*% (L %*% m))
  list(rows = rows, fit = list(statistic = w, df = nrow(L), p_value = pchisq(w, nrow(L), lower.tail = FALSE)))
}
known <- customers[!is.na(customers$recommend), ]
marks <- lapply(split(known$recommend, known$branch), function(x) { s <- scores(x); c(mean(s), spread(s) / sqrt(length(s))) })
found <- pairs(marks, "holm")
truth("loyalty", "nps_difference", "nps_difference", "Differences between three branches", list(item = "recommend", group = "branch"),
  found$rows, found$fit, command = "two-sample z from multinomial variances; p.adjust; contrast-matrix Wald test")
weighted <- lapply(split(known, known$branch), function(x) { r <- weighted_row(x); c(r$estimate, r$std_error) })
found <- pairs(weighted, "none")
truth("loyalty", "nps_difference_weighted", "nps_difference", "Weighted differences between three branches, no correction",
  list(item = "recommend", group = "branch", weights = "weight", adjust = "none"), found$rows, found$fit,
  command = "differences of svymean(~s)", citation = survey_version)

marks <- lapply(split(known$recommend, known$branch), function(x) { s <- scores(x, c(4, 8)); c(mean(s), spread(s) / sqrt(length(s))) })
found <- pairs(marks, "fdr", .9)
truth("loyalty", "nps_difference_bands", "nps_difference", "Differences on a scale of 0 to 12 with own bands, 90%, Benjamini-Hochberg",
  list(item = "recommend", group = "branch", scale = c(0, 12), bands = c(4, 8), adjust = "fdr_bh", conf_level = .9), found$rows, found$fit,
  command = "two-sample z from multinomial variances; p.adjust('fdr'); contrast-matrix Wald test")

# Answers of one cluster go together: the effort stands in for the employee. Groups share clusters.
clustered <- known[!is.na(known$effort), ]
clustered$s <- scores(clustered$recommend)
by_cluster <- function(weights, level = .95) {
  plan <- svydesign(ids = ~effort, weights = weights, data = clustered)
  list(m = svyby(~s, ~branch, plan, svymean, covmat = TRUE), df = degf(plan), q = qt((1 + level) / 2, degf(plan)), plan = plan)
}
share_of <- function(x, w) list(promoters = sum(w[x$s > 0]) / sum(w), passives = sum(w[x$s == 0]) / sum(w), detractors = sum(w[x$s < 0]) / sum(w))
one <- by_cluster(~1, .9); m <- svymean(~s, one$plan); e <- unname(SE(m)[1]); m <- unname(coef(m))
truth("loyalty", "nps_cluster", "nps", "Net promoter score with answers in clusters, 90%", list(item = "recommend", cluster = "effort", conf_level = .9),
  list(c(row(term = "recommend", n = nrow(clustered), estimate = m, std_error = e, conf_low = m - one$q * e, conf_high = m + one$q * e),
    share_of(clustered, rep(1, nrow(clustered))))), info = list(n_total = 60, n_used = nrow(clustered)),
  command = "svymean(~s, svydesign(ids = ~effort)), t with degf(design)", citation = survey_version)
two <- by_cluster(~weight); est <- unname(coef(two$m)); se <- unname(SE(two$m))
truth("loyalty", "nps_cluster_groups", "nps", "Weighted net promoter score per branch with answers in clusters that the branches share",
  list(item = "recommend", group = "branch", weights = "weight", cluster = "effort"),
  lapply(seq_along(est), function(k) { x <- clustered[clustered$branch == two$m$branch[k], ]
    c(row(term = "recommend", group = two$m$branch[k], n = nrow(x), estimate = est[k], std_error = se[k], conf_low = max(est[k] - two$q * se[k], -100),
      conf_high = min(est[k] + two$q * se[k], 100)), share_of(x, x$weight)) }),
  command = "svyby(~s, ~branch, svydesign(ids = ~effort, weights = ~weight), svymean), t with degf(design)", citation = survey_version)
all <- combn(3, 2); three <- by_cluster(~1); v <- vcov(three$m); est <- unname(coef(three$m))
rows <- lapply(seq_len(ncol(all)), function(k) {
  l <- rep(0, 3); l[all[, k]] <- c(1, -1); d <- svycontrast(three$m, l); e <- unname(SE(d)[1]); d <- unname(coef(d))
  row(term = "recommend", group = three$m$branch[all[1, k]], reference_group = three$m$branch[all[2, k]], estimate = d, std_error = e,
    statistic = d / e, statistic_name = "t", df = three$df, p_value = 2 * pt(-abs(d / e), three$df), conf_low = d - three$q * e, conf_high = d + three$q * e) })
adjusted <- p.adjust(sapply(rows, `[[`, "p_value"), "holm")
for (k in seq_along(rows)) rows[[k]]$p_adjusted <- adjusted[k]
L <- cbind(1, -diag(2)); w <- drop(t(L %*% est) %*% solve(L %*% v %*% t(L)) %*% (L %*% est)) / 2
truth("loyalty", "nps_difference_cluster", "nps_difference", "Differences between branches that share clusters",
  list(item = "recommend", group = "branch", cluster = "effort"), rows,
  list(statistic = w, df = 2, df2 = three$df, p_value = pf(w, 2, three$df, lower.tail = FALSE)),
  command = "svycontrast of svyby(covmat = TRUE), svydesign(ids = ~effort); F of the contrasts with degf(design)", citation = survey_version)

wilson <- function(k, n, level) suppressWarnings(prop.test(k, n, conf.level = level, correct = FALSE)$conf.int)
share_row <- function(term, hit, group = "", interval = "wilson", level = .95) {
  hit <- hit[!is.na(hit)]; k <- sum(hit); n <- length(hit); z <- qnorm((1 + level) / 2)
  ends <- switch(interval, wilson = wilson(k, n, level), exact = binom.test(k, n, conf.level = level)$conf.int,
    agresti_coull = { m <- (k + z^2 / 2) / (n + z^2); m + c(-z, z) * sqrt(m * (1 - m) / (n + z^2)) })
  row(term = term, group = group, n = n, estimate = k / n, std_error = sqrt(k / n * (1 - k / n) / n),
    conf_low = ends[1], conf_high = ends[2])
}
truth("loyalty", "top_box", "top_box", "Share 9-10 and 8-10 of two marks, on a scale of 1 to 10", list(item = c("satisfaction", "recommend"), scale = c(0, 10)),
  list(share_row("satisfaction", customers$satisfaction >= 9), share_row("recommend", customers$recommend >= 9)), command = "prop.test(correct = FALSE)")
truth("loyalty", "top_box_groups", "top_box", "Share 6-7 per branch with exact intervals, 90%",
  list(item = "p3", scale = c(1, 7), group = "branch", interval = "exact", conf_level = .9),
  lapply(c("Arnhem", "Breda", "Delft"), function(b) share_row("p3", customers$p3[customers$branch == b] >= 6, b, "exact", .9)), command = "binom.test")
truth("loyalty", "bottom_box", "top_box", "Share 1-3, Agresti-Coull interval",
  list(item = "p3", scale = c(1, 7), boxes = 3, side = "bottom", interval = "agresti_coull"),
  list(share_row("p3", customers$p3 <= 3, interval = "agresti_coull")), command = "(k + z^2/2) / (n + z^2)")

effort_rows <- function(x, hit, group = "", level = .95) {
  x <- x[!is.na(x)]; t <- t.test(x, conf.level = level)
  easy <- share_row("effort", hit(x), group, level = level); easy$part <- "easy"
  list(row(term = "effort", group = group, part = "mean", n = length(x), estimate = mean(x), std_error = t$stderr,
    conf_low = t$conf.int[1], conf_high = t$conf.int[2]), easy)
}
truth("loyalty", "effort", "effort", "Effort score, seven points, high is easy", list(item = "effort"),
  effort_rows(customers$effort, function(x) x >= 5), command = "t.test; prop.test(correct = FALSE)")
truth("loyalty", "effort_groups", "effort", "Effort score per branch, high is much effort",
  list(item = "effort", high = "effort", group = "branch", conf_level = .9),
  unlist(lapply(c("Arnhem", "Breda", "Delft"), function(b) effort_rows(customers$effort[customers$branch == b], function(x) x <= 3, b, .9)), FALSE),
  command = "t.test; prop.test(correct = FALSE)")

# Weighted shares and means: svymean, and its interval on the number of answers with the same variance (svyciprop's beta).
weighted_share <- function(term, column, hit, group = "", interval = "wilson", level = .95) {
  x <- customers[!is.na(customers[[column]]) & (group == "" | customers$branch == group), ]; x$hit <- as.numeric(hit(x[[column]])); w <- x$weight
  design <- svydesign(ids = ~1, weights = ~weight, data = x); m <- svymean(~hit, design); p <- coef(m)[[1]]; size <- p * (1 - p) / vcov(m)[1]; z <- qnorm((1 + level) / 2)
  ends <- switch(interval, exact = attr(svyciprop(~hit, design, method = "beta", level = level), "ci"),
    wilson = (p + z^2 / (2 * size) + c(-z, z) * sqrt(p * (1 - p) / size + z^2 / (4 * size^2))) / (1 + z^2 / size),
    agresti_coull = { m1 <- (p * size + z^2 / 2) / (size + z^2); m1 + c(-z, z) * sqrt(m1 * (1 - m1) / (size + z^2)) })
  row(term = term, group = group, n = nrow(x), n_effective = sum(w)^2 / sum(w^2), estimate = p, std_error = unname(SE(m)[1]), conf_low = ends[[1]], conf_high = ends[[2]])
}
branches <- c("Arnhem", "Breda", "Delft")
truth("loyalty", "top_box_weighted", "top_box", "Weighted share 9-10 of two marks", list(item = c("satisfaction", "recommend"), scale = c(0, 10), weights = "weight"),
  lapply(c("satisfaction", "recommend"), function(k) weighted_share(k, k, function(v) v >= 9)), command = "svymean; Wilson's interval on p (1 - p) / SE^2", citation = survey_version)
truth("loyalty", "top_box_weighted_exact", "top_box", "Weighted share 6-7 per branch, exact interval of Korn and Graubard, 90%",
  list(item = "p3", scale = c(1, 7), group = "branch", interval = "exact", weights = "weight", conf_level = .9),
  lapply(branches, function(b) weighted_share("p3", "p3", function(v) v >= 6, b, "exact", .9)), command = "svyciprop(method = 'beta')", citation = survey_version)
truth("loyalty", "bottom_box_weighted", "top_box", "Weighted share 1-3, Agresti-Coull interval",
  list(item = "p3", scale = c(1, 7), boxes = 3, side = "bottom", interval = "agresti_coull", weights = "weight"),
  list(weighted_share("p3", "p3", function(v) v <= 3, interval = "agresti_coull")), command = "svymean; (k + z^2/2) / (n + z^2) with n = p (1 - p) / SE^2", citation = survey_version)
weighted_effort <- function(b, level) { x <- customers[!is.na(customers$effort) & customers$branch == b, ]; design <- svydesign(ids = ~1, weights = ~weight, data = x); m <- svymean(~effort, design)
  ends <- confint(m, level = level, df = degf(design)); easy <- weighted_share("effort", "effort", function(v) v <= 3, b, "wilson", level); easy$part <- "easy"
  list(row(term = "effort", group = b, part = "mean", n = nrow(x), n_effective = easy$n_effective, estimate = coef(m)[[1]], std_error = unname(SE(m)[1]), conf_low = ends[1], conf_high = ends[2]), easy) }
truth("loyalty", "effort_weighted", "effort", "Weighted effort score per branch, high is much effort, 90%",
  list(item = "effort", high = "effort", group = "branch", weights = "weight", conf_level = .9), unlist(lapply(branches, weighted_effort, .9), FALSE),
  command = "svymean; confint(df = degf); Wilson's interval on p (1 - p) / SE^2", citation = survey_version)
five <- c(1, 2, 2, 3, 4, 4, 5, 5, 5, 3, NA)
truth("loyalty", "effort_five", "effort", "Effort score, five points", list(item = "effort", scale = c(1, 5)),
  effort_rows(five, function(x) x >= 4), data = list(columns = list(effort = five)), command = "t.test; prop.test(correct = FALSE)")

index <- function(x, w, low, high, level = .95) {
  x <- x[complete.cases(x), ]; w <- w / sum(w); y <- (as.matrix(x) %*% w - low) / (high - low) * 100; t <- t.test(y, conf.level = level)
  c(list(row(term = "index", part = "total", n = nrow(x), estimate = mean(y), std_error = t$stderr, conf_low = t$conf.int[1], conf_high = t$conf.int[2])),
    lapply(seq_along(x), function(j) row(term = names(x)[j], part = "item", n = nrow(x), mean = mean(x[[j]]), sd = sd(x[[j]]), weight = w[j])))
}
x <- customers[paste0("p", 1:3)]; done <- x[complete.cases(x), ]; w <- c(.5, .3, .4)
command <- "t.test of the weighted mean answer of each respondent"
truth("loyalty", "index", "satisfaction_index", "Index with outer weights of standardised items", list(items = names(x), weights = w, scale = c(1, 7)),
  index(x, w / sapply(done, sd), 1, 7), command = command)
truth("loyalty", "index_raw", "satisfaction_index", "Index with raw weights by name, 90%",
  list(items = names(x), weights = list(p1 = .5, p2 = .3, p3 = .4), weights_of = "raw", scale = c(1, 7), conf_level = .9), index(x, w, 1, 7, .9), command = command)
truth("loyalty", "index_equal", "satisfaction_index", "Index with equal weights", list(items = names(x), scale = c(1, 7)), index(x, c(1, 1, 1), 1, 7), command = command)
moments <- list(moments = list(columns = names(x), mean = unname(colMeans(done)), sd = unname(sapply(done, sd)), corr = unname(cor(done)), n = nrow(done)))
truth("loyalty", "index_moments", "satisfaction_index", "The same index from means, SDs and correlations",
  list(items = names(x), weights = w, scale = c(1, 7)), index(x, w / sapply(done, sd), 1, 7), data = moments, command = command)
