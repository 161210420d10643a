# Makes the references of the gaps room from R. Run from this folder: Rscript gaps.R
if (file.exists("customers.R")) setwd("..")
source("make/customers.R")

ncp_t <- function(t, df, level) {
  # Rough ends first, since pt() loses precision far out.
  end <- function(p) uniroot(function(x) suppressWarnings(pt(t, df, x)) - p, c(t - 12, t + 12), tol = 1e-13)$root
  c(end((1 + level) / 2), end((1 - level) / 2))
}
gap_row <- function(term, part, e, p, p_adjusted, level = .95) {
  keep <- !is.na(e) & !is.na(p)
  e <- e[keep]; p <- p[keep]
  d <- p - e; n <- length(d)
  test <- t.test(p, e, paired = TRUE, conf.level = level)
  t <- unname(test$statistic)
  rank <- suppressWarnings(wilcox.test(round(d, 12), exact = FALSE, correct = TRUE)$p.value)
  ends <- ncp_t(t, n - 1, level) / sqrt(n)
  row(term = term, part = part, n = n, expectation = mean(e), perception = mean(p), gap = mean(d), sd = sd(d),
    std_error = sd(d) / sqrt(n), statistic = t, df = n - 1, p_value = test$p.value, p_adjusted = p_adjusted,
    conf_low = test$conf.int[1], conf_high = test$conf.int[2], effect = mean(d) / sd(d), effect_low = ends[1],
    effect_high = ends[2], p_rank = rank)
}
pair_p <- function(x, items = 1:3) sapply(items, function(i) t.test(x[[paste0("p", i)]], x[[paste0("e", i)]], paired = TRUE)$p.value)
servqual <- function(x, method, level = .95) {
  adjusted <- p.adjust(pair_p(x), method)
  pairs <- lapply(1:3, function(i) gap_row(paste0("p", i), "pair", x[[paste0("e", i)]], x[[paste0("p", i)]], adjusted[i], level))
  first_e <- rowMeans(x[c("e1", "e2")]); first_p <- rowMeans(x[c("p1", "p2")])
  raw <- c(t.test(first_p, first_e, paired = TRUE)$p.value, t.test(x$p3, x$e3, paired = TRUE)$p.value)
  two <- p.adjust(raw, method)
  all_e <- rowMeans(x[paste0("e", 1:3)]); all_p <- rowMeans(x[paste0("p", 1:3)])
  c(pairs, list(gap_row("contact", "dimension", first_e, first_p, two[1], level),
    gap_row("speed", "dimension", x$e3, x$p3, two[2], level),
    gap_row("total", "total", all_e, all_p, t.test(all_p, all_e, paired = TRUE)$p.value, level)))
}
e <- paste0("e", 1:3); p <- paste0("p", 1:3)
listwise <- customers[complete.cases(customers[c(e, p)]), ]
arguments <- list(expectation = e, perception = p, dimensions = list(contact = c("p1", "p2"), speed = list("p3")))
command <- "t.test(p, e, paired = TRUE); wilcox.test(d, exact = FALSE); p.adjust; ncp of t by uniroot(pt)"
loose <- list(default = 1e-8, effect_low = 1e-6, effect_high = 1e-6)
truth("gaps", "servqual", "servqual", "Gaps of three pairs, two dimensions and the total, listwise, Holm",
  arguments, servqual(listwise, "holm"), info = list(n_used = nrow(listwise)), command = command, tolerance = loose)
truth("gaps", "servqual_pairwise", "servqual", "The same with each pair on its own cases, no correction, 90%",
  c(arguments, list(missing = "pairwise", adjust = "none", conf_level = .9)), servqual(customers, "none", .9),
  command = command, tolerance = loose)
truth("gaps", "servqual_fdr", "servqual", "The same listwise gaps with Benjamini-Hochberg p values",
  c(arguments, list(adjust = "fdr_bh")), servqual(listwise, "BH"), command = command, tolerance = loose)
truth("gaps", "servqual_bonferroni", "servqual", "The same listwise gaps with Bonferroni p values",
  c(arguments, list(adjust = "bonferroni")), servqual(listwise, "bonferroni"), command = command, tolerance = loose)
moments <- list(moments = list(columns = c(e, p), mean = unname(colMeans(listwise[c(e, p)])),
  sd = unname(sapply(listwise[c(e, p)], sd)), corr = unname(cor(listwise[c(e, p)])), n = nrow(listwise)))
without_rank <- lapply(servqual(listwise, "holm"), function(r) { r["p_rank"] <- list(NULL); r })
truth("gaps", "servqual_moments", "servqual", "The listwise gaps again, from means, SDs and correlations",
  arguments, without_rank, data = moments, command = command, tolerance = loose)

# Importance against performance
mean_ci <- function(x, level) { t <- t.test(x, conf.level = level); c(mean(x), t$conf.int) }
stated <- function(level, line, top) {
  rows <- lapply(1:3, function(j) {
    x <- na.omit(customers[c(paste0("i", j), paste0("p", j))]); n <- nrow(x)
    a <- mean_ci(x[[1]], level); b <- mean_ci(x[[2]], level)
    s <- svd(cov(x) / n); size <- 2 * (n - 1) / (n - 2) * qf(level, 2, n - 2)
    angle <- atan(s$u[2, 1] / s$u[1, 1]) * 180 / pi
    row(term = paste0("p", j), part = "stated", n = n, importance = a[1], importance_low = a[2],
      importance_high = a[3], performance = b[1], performance_low = b[2], performance_high = b[3],
      ellipse_long = sqrt(s$d[1] * size), ellipse_short = sqrt(s$d[2] * size), ellipse_angle = angle,
      ceiling = mean(x[[1]] >= top))
  })
  place(rows, line)
}
derived <- function(level, line) {
  rows <- lapply(1:3, function(j) {
    x <- na.omit(customers[c(paste0("p", j), "satisfaction")]); n <- nrow(x)
    r <- cor.test(x[[1]], x[[2]], conf.level = level); b <- mean_ci(x[[1]], level)
    row(term = paste0("p", j), part = "derived", n = n, importance = unname(r$estimate),
      importance_low = r$conf.int[1], importance_high = r$conf.int[2], performance = b[1],
      performance_low = b[2], performance_high = b[3])
  })
  place(rows, line)
}
place <- function(rows, line) {
  x <- sapply(rows, `[[`, "importance"); y <- sapply(rows, `[[`, "performance")
  lines <- if (is.function(line)) c(line(x), line(y)) else line
  names <- c("keep_up", "concentrate", "overkill", "low_priority")
  lapply(rows, function(r) {
    r$importance_line <- lines[1]; r$performance_line <- lines[2]
    r$quadrant <- names[1 + (r$performance < lines[2]) + 2 * (r$importance < lines[1])]
    sure <- (lines[1] < r$importance_low | lines[1] > r$importance_high) &
      (lines[2] < r$performance_low | lines[2] > r$performance_high)
    r$decision <- if (sure) "supported" else "inconclusive"
    r
  })
}
command <- "t.test, cor.test; ellipse from svd(cov / n) with 2 (n - 1) / (n - 2) qf(level, 2, n - 2)"
truth("gaps", "importance_performance", "importance_performance", "Stated and derived importance side by side",
  list(performance = p, importance = paste0("i", 1:3), outcome = "satisfaction", importance_scale = c(1, 3)),
  c(stated(.95, mean, 3), derived(.95, mean)), command = command)
truth("gaps", "importance_performance_median", "importance_performance", "Stated importance, medians as lines, 90%",
  list(performance = p, importance = paste0("i", 1:3), crosshair = "median", importance_scale = c(1, 3), conf_level = .9),
  stated(.9, median, 3), command = command)
truth("gaps", "importance_performance_given", "importance_performance", "Derived importance with given lines",
  list(performance = p, outcome = "satisfaction", crosshair = c(.5, 5)), derived(.95, c(.5, 5)), command = command)

# Polynomial regression and its surface
suppressMessages({library(sandwich); library(car)})
full <- customers[complete.cases(customers[c("satisfaction", e, p)]), ]
s <- data.frame(z = full$satisfaction, x = rowMeans(full[e]) - 4, y = rowMeans(full[p]) - 4)
s$x2 <- s$x^2; s$xy <- s$x * s$y; s$y2 <- s$y^2
model <- lm(z ~ x + y + x2 + xy + y2, s)
names(model$coefficients) <- paste0("b", 0:5)
lines <- c(a1 = "b1 + b2", a2 = "b3 + b4 + b5", a3 = "b1 - b2", a4 = "b3 - b4 + b5", a5 = "b3 - b5")
x0 <- "(b2 * b4 - 2 * b1 * b5) / (4 * b3 * b5 - b4^2)"; y0 <- "(b1 * b4 - 2 * b2 * b3) / (4 * b3 * b5 - b4^2)"
p11 <- "(b5 - b3 + sqrt((b3 - b5)^2 + b4^2)) / b4"; p21 <- "(b5 - b3 - sqrt((b3 - b5)^2 + b4^2)) / b4"
axis <- c(x0 = x0, y0 = y0, p10 = sprintf("%s - (%s) * (%s)", y0, p11, x0), p11 = p11, p20 = sprintf("%s - (%s) * (%s)", y0, p21, x0), p21 = p21)
surface <- function(b, v, df, level = .95) {
  names(b) <- paste0("b", 0:5); dimnames(v) <- list(names(b), names(b)); q <- qt((1 + level) / 2, df)
  one <- function(name, part, g) {
    d <- deltaMethod(b, g, vcov. = v); t <- d$Estimate / d$SE
    r <- row(term = name, part = part, estimate = d$Estimate, std_error = d$SE, conf_low = d$Estimate - q * d$SE, conf_high = d$Estimate + q * d$SE)
    if (part == "axis") { for (k in c("statistic", "df", "p_value")) r[k] <- list(NULL); r } else c(r, statistic = t, df = df, p_value = 2 * pt(-abs(t), df))
  }
  c(lapply(names(b), function(k) one(k, "coefficient", k)), lapply(names(lines), function(k) one(k, "surface", lines[[k]])),
    lapply(names(axis), function(k) one(k, "axis", axis[[k]])))
}
tests <- function(v) {
  s2 <- s; names(s2) <- c("z", "x", "y", "x2", "xy", "y2"); m <- lm(z ~ x + y + x2 + xy + y2, s2)
  g <- linearHypothesis(m, c("x = -y", "x2 = 0", "xy = 0", "y2 = 0"), vcov. = v); k <- linearHypothesis(m, c("x2 = 0", "xy = 0", "y2 = 0"), vcov. = v)
  list(r_squared = summary(m)$r.squared, r_squared_gap = summary(lm(z ~ I(y - x), s2))$r.squared, r_squared_linear = summary(lm(z ~ x + y, s2))$r.squared,
    f_gap = g$F[2], p_gap = g$`Pr(>F)`[2], f_quadratic = k$F[2], p_quadratic = k$`Pr(>F)`[2], df = m$df.residual)
}
plain <- lm(z ~ x + y + x2 + xy + y2, s); b <- coef(plain); df <- plain$df.residual
citation <- paste("sandwich", packageVersion("sandwich"), "and car", packageVersion("car"))
near <- list(default = 1e-7, std_error = 1e-6, conf_low = 1e-6, conf_high = 1e-6)
arguments <- list(outcome = "satisfaction", expectation = e, perception = p, center = 4)
truth("gaps", "surface", "surface", "Satisfaction on expectation and experience, classic errors", arguments, surface(b, vcov(plain), df), tests(vcov(plain)),
  info = list(n_used = nrow(s), decision = "not_justified"), command = "lm; deltaMethod; linearHypothesis", citation = citation, tolerance = near)
truth("gaps", "surface_hc3", "surface", "The same with HC3 errors, 90%", c(arguments, list(errors = "hc3", conf_level = .9)),
  surface(b, vcovHC(plain, "HC3"), df, .9), tests(vcovHC(plain, "HC3")), command = "lm; vcovHC(type = 'HC3'); deltaMethod; linearHypothesis", citation = citation, tolerance = near)
s_cov <- cov(s[c("x", "y", "x2", "xy", "y2", "z")])
moments <- list(moments = list(columns = c("E", "P", "E^2", "E*P", "P^2", "Y"), mean = unname(colMeans(s[c("x", "y", "x2", "xy", "y2", "z")])),
  sd = unname(sqrt(diag(s_cov))), corr = unname(cov2cor(s_cov)), n = nrow(s)))
truth("gaps", "surface_moments", "surface", "The same surface from its moments", list(outcome = "Y", expectation = "E", perception = "P"),
  surface(b, vcov(plain), df), tests(vcov(plain)), data = moments, command = "lm; deltaMethod; linearHypothesis", citation = citation, tolerance = near)

# Percentile bootstrap: 20,000 resamples here against 5,000 there, so four Monte-Carlo errors of a quantile apart.
set.seed(6); X <- model.matrix(plain)
draws <- t(replicate(20000, { i <- sample(nrow(s), replace = TRUE); .lm.fit(X[i, ], s$z[i])$coefficients }))
every <- cbind(draws, draws[, 2] + draws[, 3], rowSums(draws[, 4:6]), draws[, 2] - draws[, 3], draws[, 4] - draws[, 5] + draws[, 6], draws[, 4] - draws[, 6])
colnames(every) <- c(paste0("b", 0:5), names(lines))
spread <- apply(every, 2, sd)
for (set in split(names(spread), cut(spread, c(0, .3, .6, 2)))) {
  rows <- lapply(set, function(k) { q <- quantile(every[, k], c(.025, .975)); r <- row(term = k, part = if (startsWith(k, "b")) "coefficient" else "surface",
    estimate = if (startsWith(k, "b")) unname(b[1 + as.integer(substr(k, 2, 2))]) else deltaMethod(setNames(b, paste0("b", 0:5)), lines[[k]], vcov. = vcov(plain))$Estimate,
    std_error = spread[[k]], conf_low = q[[1]], conf_high = q[[2]], p_value = 2 * min(mean(every[, k] <= 0), mean(every[, k] >= 0)))
    for (w in c("statistic", "df")) r[w] <- list(NULL); r })
  size <- max(spread[set])
  truth("gaps", paste0("surface_bootstrap_", set[1]), "surface", paste("Bootstrap intervals of", toString(set)), c(arguments, list(errors = "bootstrap")), rows,
    command = "20,000 resamples of rows, .lm.fit, quantile", tolerance = list(default = 1e-8, std_error = list(abs = .06 * size), conf_low = list(abs = .2 * size),
      conf_high = list(abs = .2 * size), p_value = list(abs = .03)))
}

# Penalty and reward
penalty <- function(cuts, errors, method, level = .95) {
  f <- full[complete.cases(full[c("satisfaction", p)]), ]; f <- customers[complete.cases(customers[c("satisfaction", p)]), ]
  X <- do.call(cbind, lapply(p, function(k) cbind(f[[k]] <= cuts[1], f[[k]] >= cuts[2]) + 0)); m <- lm(f$satisfaction ~ X)
  v <- if (errors == "hc3") vcovHC(m, "HC3") else vcov(m); df <- m$df.residual; b <- coef(m)
  rows <- unlist(lapply(seq_along(p), function(j) lapply(1:3, function(w) {
    L <- rep(0, length(b)); L[1 + 2 * j - 1] <- w != 2; L[1 + 2 * j] <- w != 1
    est <- sum(L * b); se <- sqrt(drop(L %*% v %*% L)); t <- est / se; q <- qt((1 + level) / 2, df)
    low <- sum(f[[p[j]]] <= cuts[1]); high <- sum(f[[p[j]]] >= cuts[2])
    row(term = p[j], part = c("penalty", "reward", "contrast")[w], n = c(low, high, low + high)[w], estimate = est, std_error = se, statistic = t, df = df,
      p_value = 2 * pt(-abs(t), df), conf_low = est - q * se, conf_high = est + q * se) })), FALSE)
  adjusted <- p.adjust(sapply(rows[3 * seq_along(p)], `[[`, "p_value"), method)
  for (j in seq_along(p)) rows[[3 * j]]$p_adjusted <- adjusted[j]
  L <- c(0, rep(1 / length(p), 2 * length(p))); est <- sum(L * b); se <- sqrt(drop(L %*% v %*% L)); t <- est / se; q <- qt((1 + level) / 2, df)
  rows <- c(rows, list(row(term = "total", part = "total", n = nrow(f), estimate = est, std_error = se, statistic = t, df = df,
    p_value = 2 * pt(-abs(t), df), conf_low = est - q * se, conf_high = est + q * se)))
  list(rows = rows, fit = list(r_squared = summary(m)$r.squared, df = df))
}
found <- penalty(c(4, 6), "hc3", "holm")
truth("gaps", "penalty_reward", "penalty_reward", "Penalty and reward of three attributes, HC3", list(outcome = "satisfaction", attributes = p, cuts = c(4, 6)),
  found$rows, found$fit, command = "lm on dummies; vcovHC(type = 'HC3'); p.adjust", citation = citation)
found <- penalty(c(3, 6), "classic", "none", .9)
truth("gaps", "penalty_reward_classic", "penalty_reward", "The same with other cuts and classic errors, 90%",
  list(outcome = "satisfaction", attributes = p, cuts = c(3, 6), errors = "classic", adjust = "none", conf_level = .9), found$rows, found$fit, command = "lm on dummies")

# Reliability of the difference
suppressMessages(library(psych))
parts <- function(x) {
  a <- psych::alpha(x[, 1:3], check.keys = FALSE, warnings = FALSE)$total$raw_alpha; b <- psych::alpha(x[, 4:6], check.keys = FALSE, warnings = FALSE)$total$raw_alpha
  m <- rowMeans(x[, 1:3]); w <- rowMeans(x[, 4:6]); r <- cor(m, w)
  c(a, b, r, (var(m) * a + var(w) * b - 2 * r * sd(m) * sd(w)) / var(w - m))
}
x <- as.matrix(listwise[c(e, p)]); found <- parts(x)
alpha_of <- function(v) 3 / 2 * (1 - sum(diag(v)) / sum(v))
quick <- function(x) { v <- cov(x); a <- alpha_of(v[1:3, 1:3]); b <- alpha_of(v[4:6, 4:6]); m <- mean(v[1:3, 1:3]); w <- mean(v[4:6, 4:6]); k <- mean(v[1:3, 4:6])
  c(a, b, k / sqrt(m * w), (m * a + w * b - 2 * k) / (m + w - 2 * k)) }
stopifnot(all.equal(quick(x), found))
set.seed(5); draws <- replicate(20000, quick(x[sample(nrow(x), replace = TRUE), ])); ends <- apply(draws, 1, quantile, c(.025, .975))
label <- list(c("expectation", "alpha"), c("perception", "alpha"), c("both", "correlation"), c("difference", "reliability"))
command <- "psych::alpha; Johns' formula; 20,000 resamples"
truth("gaps", "difference_reliability", "difference_reliability", "Reliability of a gap of three items a side", list(expectation = e, perception = p),
  lapply(1:4, function(k) row(term = label[[k]][1], part = label[[k]][2], estimate = found[k], conf_low = ends[1, k], conf_high = ends[2, k])),
  info = list(n_used = nrow(x)), command = command, citation = paste("psych", packageVersion("psych")), tolerance = list(default = 1e-8, conf_low = list(abs = .07), conf_high = list(abs = .03)))
v <- cov(x); R <- chol(v); set.seed(9); draws <- replicate(20000, quick(matrix(rnorm(length(x)), nrow(x)) %*% R)); ends <- apply(draws, 1, quantile, c(.05, .95))
moments <- list(moments = list(columns = c(e, p), mean = unname(colMeans(x)), sd = unname(sqrt(diag(v))), corr = unname(cov2cor(v)), n = nrow(x)))
truth("gaps", "difference_reliability_moments", "difference_reliability", "The same from moments, with normal samples, 90%", list(expectation = e, perception = p, conf_level = .9),
  lapply(1:4, function(k) row(term = label[[k]][1], part = label[[k]][2], estimate = found[k], conf_low = ends[1, k], conf_high = ends[2, k])),
  data = moments, command = "chol(cov), 20,000 normal samples", tolerance = list(default = 1e-8, conf_low = list(abs = .05), conf_high = list(abs = .02)))

# Importance as a share of the explained variance (Johnson), 20,000 resamples here against 5,000 there
full <- customers[complete.cases(customers[c(p, "satisfaction")]), c(p, "satisfaction")]; y <- as.matrix(full)
johnson <- function(r) { k <- ncol(r); v <- eigen(r[-k, -k]); l <- v$vectors %*% (sqrt(v$values) * t(v$vectors)); w <- drop(l^2 %*% solve(l, r[-k, k])^2); w / sum(w) }
w <- johnson(cor(y)); set.seed(12); draws <- replicate(20000, johnson(cor(y[sample(nrow(y), replace = TRUE), ]))); ends <- apply(draws, 1, quantile, c(.025, .975))
rows <- lapply(1:3, function(j) { b <- mean_ci(y[, j], .95); row(term = p[j], part = "derived", n = nrow(y), importance = w[j], importance_low = ends[[1, j]], importance_high = ends[[2, j]],
  performance = b[1], performance_low = b[2], performance_high = b[3]) })
truth("gaps", "importance_performance_weights", "importance_performance", "Derived importance as relative weights",
  list(performance = p, outcome = "satisfaction", derived = "relative_weight"), place(rows, mean), command = "relative weights by eigen, 20,000 resamples, quantile",
  tolerance = list(default = 1e-8, importance_low = list(abs = .02), importance_high = list(abs = .03)))
