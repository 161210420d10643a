# Regenerates the R truths of tests/reference/recheck/*.json with base R; run from the folder tests/reference/make.
library(jsonlite)
write <- function(name, what, fun, data, arguments, rows, citation, command, info = NULL, tolerance = 1e-9) {
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.recheck.", fun), data = data,
    arguments = arguments, expected = list(table = rows, info = info), tolerance = list(default = tolerance),
    source = list(kind = "R", citation = citation, command = command, version = paste0("R ", getRversion()), date = "2026-11-23"))
  if (is.null(info)) truth$expected$info <- NULL
  write_json(truth, file.path("..", "recheck", paste0(name, ".json")), auto_unbox = TRUE, digits = NA, pretty = TRUE,
    null = "null", na = "null")
}
two_t <- function(t, df) 2 * pt(-abs(t), df)
ends <- function(f, x, h) { e <- c(f(x - h), f(x + h)); list(low = min(e), high = max(e)) }
row <- function(term, reported, x, h, f, decision, ...) {
  e <- ends(f, x, h)
  c(list(term = term, reported = reported, statistic = x, recomputed = f(x), possible_low = e$low,
    possible_high = e$high, decision = decision), list(...))
}
text <- paste("t(249) = 2,31; p = ,021 en F(2; 57) = 3,45; p = ,039. Also t(28) = 2.20, p = .046, r(48) = .31, p < .05,",
  "χ²(1, N = 90) = 3.50, p = .02, z = 1.20, n.s., F(1,25) = 4,10; p > ,05")
r_p <- function(r) two_t(r * sqrt(48 / (1 - r^2)), 48)
write("p_values", "reported tests in Dutch and English notation", "p_values", NULL, list(text = text), list(
  row("1: t(249) = 2,31; p = ,021", .021, 2.31, .005, function(t) two_t(t, 249), "consistent", df = 249),
  row("2: F(2; 57) = 3,45; p = ,039", .039, 3.45, .005, function(f) pf(f, 2, 57, lower.tail = FALSE), "consistent", df = 2, df2 = 57),
  row("3: t(28) = 2.20, p = .046", .046, 2.20, .005, function(t) two_t(t, 28), "inconsistent", df = 28),
  row("4: r(48) = .31, p < .05", .05, .31, .005, r_p, "consistent", df = 48),
  row("5: χ²(1, N = 90) = 3.50, p = .02", .02, 3.5, .005, function(x) pchisq(x, 1, lower.tail = FALSE), "decision_error", df = 1),
  row("6: z = 1.20, n.s.", NA, 1.2, .005, function(z) 2 * pnorm(-abs(z)), "consistent"),
  row("7: F(1,25) = 4,10; p > ,05", .05, 4.1, .005, function(f) pf(f, 1, 25, lower.tail = FALSE), "consistent", df = 1, df2 = 25)),
  "base R distribution functions", "2 * pt(-abs(t), df), pf, pchisq, pnorm at the statistic and half a unit around it",
  list(decision = "decision_error"))

# GRIMMER by brute force: every multiset of five answers from 1 to 7
grid <- t(combn(5 + 7 - 1, 5)) - matrix(0:4, nrow = choose(11, 5), ncol = 5, byrow = TRUE)
seen <- unique(sprintf("%.2f %.2f", rowMeans(grid), apply(grid, 1, sd)))
asked <- list(c("3.40", "1.14"), c("3.40", "1.15"), c("3.40", "1.20"), c("4.20", "2.17"), c("4.20", "2.20"), c("5.00", "0.00"), c("3.40", "0.55"))
rows <- lapply(asked, function(a) list(term = sprintf("M = %s, SD = %s", a[1], a[2]), mean = as.numeric(a[1]), sd = as.numeric(a[2]),
  n = 5, decision = if (paste(a[1], a[2]) %in% seen) "possible" else "impossible"))
write("grimmer", "five answers from 1 to 7: which pairs of mean and SD exist", "grimmer", NULL,
  list(mean = sapply(asked, `[`, 1), sd = sapply(asked, `[`, 2), n = rep(5, length(asked))), rows,
  "base R, enumeration of all 462 samples", "unique(sprintf('%.2f %.2f', rowMeans(grid), apply(grid, 1, sd)))")
at <- grid[sprintf("%.2f", rowMeans(grid)) == "3.40", ]
sds <- apply(grid[rowMeans(grid) == 3.4 & apply(grid, 1, max) <= 7, ], 1, sd)
low <- min(sds)
write("sd_limits", "five answers on a scale from 1 to 7 with mean 3.4", "sd_limits", NULL,
  list(mean = "3.4", sd = "3.4", n = 5, scale = c(1, 7)), list(list(term = "M = 3.4, SD = 3.4", mean = 3.4, n = 5,
    reported = 3.4, possible_low = sqrt(5 * .35 * .65 / 4), possible_high = sqrt(5 / 4 * (3.45 - 1) * (7 - 3.45)), decision = "impossible")),
  "the bound of Bhatia and Davis (2000), American Mathematical Monthly 107: variance ≤ (M − low)(high − M)",
  "sqrt(n / (n - 1) * (M - low) * (high - M)) at the ends of the rounded mean; all samples lie within it")
stopifnot(max(sds) <= sqrt(5 / 4 * 2.45 * 3.55), low >= sqrt(5 * .35 * .65 / 4))

l <- list(a = c(.7, .8, .75), b = c(.62, .91)); h <- .005
ave <- function(x) mean(x^2); cr <- function(x) sum(x)^2 / (sum(x)^2 + sum(1 - x^2))
for (f in c("ave", "composite_reliability")) { g <- if (f == "ave") ave else cr
  write(f, "two constructs from their loadings", f, NULL, list(loadings = l), lapply(names(l), function(k) list(term = k,
    estimate = g(l[[k]]), n = length(l[[k]]), possible_low = g(l[[k]] - h), possible_high = g(l[[k]] + h))),
    "Fornell and Larcker (1981), Journal of Marketing Research 18, 39-50, p. 45-46", "mean(l^2); sum(l)^2 / (sum(l)^2 + sum(1 - l^2))") }

a <- sleep$extra[1:10]; b <- sleep$extra[11:20]; s <- function(x) formatC(x, digits = 12, format = "f")
val <- function(...) list(mean = s(c(mean(a), mean(b))), sd = s(c(sd(a), sd(b))), ...)
loose <- function(r, st, p) list(list(term = "statistic", recomputed = st, possible_low = st, possible_high = st),
  list(term = "p_value", recomputed = p, possible_low = p, possible_high = p))
one <- function(name, test, values, fit) write(paste0("reported_", name), paste("sleep data:", test), "reported", NULL,
  list(test = test, values = values), loose(NULL, fit$statistic[[1]], fit$p.value), "base R on the raw sleep data",
  "t.test / oneway.test / chisq.test / cor.test", tolerance = 1e-7)
one("independent", "t_independent", val(n = c("10", "10")), t.test(a, b, var.equal = TRUE))
one("welch", "t_welch", val(n = c("10", "10")), t.test(a, b))
one("paired", "t_paired", val(r = list(s(cor(a, b))), n = list("10")), t.test(a, b, paired = TRUE))
g <- split(iris$Sepal.Width, iris$Species)
one("oneway", "f_oneway", list(mean = s(sapply(g, mean)), sd = s(sapply(g, sd)), n = as.character(sapply(g, length))),
  oneway.test(Sepal.Width ~ Species, iris, var.equal = TRUE))
m <- matrix(c(12, 5, 7, 9, 14, 3), 2, byrow = TRUE)
one("chi2", "chi2", list(counts = as.character(c(t(m))), columns = list("3")), suppressWarnings(chisq.test(m)))
one("r", "r", list(r = list(s(cor(a, b))), n = list("10")), cor.test(a, b))
t_of <- function(m1, m2, s1, s2) (m1 - m2) / sqrt((94 * s1^2 + 88 * s2^2) / 182 * (1 / 95 + 1 / 89))
box <- expand.grid(m1 = 5.25 + c(-1, 1) * .005, m2 = 5.22 + c(-1, 1) * .005, s1 = .95 + c(-1, 1) * .005, s2 = .83 + c(-1, 1) * .005)
ts <- with(box, t_of(m1, m2, s1, s2)); t0 <- t_of(5.25, 5.22, .95, .83); ps <- two_t(ts, 182)
write("reported_claimed", "a claimed t and p from rounded M and SD: amber and red", "reported", NULL,
  list(test = "t_independent", values = list(mean = c("5.25", "5.22"), sd = c(".95", ".83"), n = c("95", "89")),
    claimed = list(statistic = "0.25", p_value = ".70")),
  list(list(term = "statistic", recomputed = t0, reported = .25, possible_low = min(ts), possible_high = max(ts), decision = "amber"),
    list(term = "p_value", recomputed = two_t(t0, 182), reported = .70, possible_low = min(ps), possible_high = max(ps), decision = "red")),
  "base R, all corners of the rounding box", "expand.grid(m ± .005, s ± .005)", list(decision = "red"))

# Numbers with their digits apart, several items a person, another level
k <- 0:150; made <- unique(sprintf("%.2f", k / 30)); asked <- c(3.43, 3.44, 3.47, 3.4)
write("grim_items", "means of ten people over three items, as numbers with two decimals", "grim", NULL, list(mean = asked, n = rep(10, 4), items = 3, digits = 2),
  lapply(asked, function(m) list(term = as.character(m), reported = m, n = 10, recomputed = k[which.min(abs(k / 30 - m))] / 30, decision = if (sprintf("%.2f", m) %in% made) "possible" else "impossible")),
  "base R, all sums of thirty answers", "sprintf('%.2f', k / 30)", list(decision = "impossible"))
scores <- seq(1, 5, .5); four <- as.matrix(expand.grid(scores, scores, scores, scores)); four <- four[!apply(four, 1, is.unsorted), ]
seen <- unique(sprintf("%.2f %.2f", rowMeans(four), apply(four, 1, sd))); asked <- list(c(2.88, 1.11), c(2.88, 1.12), c(2.88, 1.25), c(3.5, .41), c(3.5, .45))
write("grimmer_items", "four people, each the mean of two items from 1 to 5", "grimmer", NULL, list(mean = sapply(asked, `[`, 1), sd = sapply(asked, `[`, 2), n = rep(4, 5), items = 2, digits = 2),
  lapply(asked, function(a) list(term = sprintf("M = %s, SD = %s", a[1], a[2]), mean = a[1], sd = a[2], n = 4, decision = if (sprintf("%.2f %.2f", a[1], a[2]) %in% seen) "possible" else "impossible")),
  "base R, enumeration of all samples", "unique(sprintf('%.2f %.2f', rowMeans(grid), apply(grid, 1, sd)))")
write("sd_limits_digits", "a mean and a standard deviation as numbers with one decimal", "sd_limits", NULL, list(mean = 3.4, sd = 1.2, n = 5, scale = c(1, 7), digits = 1),
  list(list(term = "M = 3.4, SD = 1.2", mean = 3.4, n = 5, reported = 1.2, possible_low = sqrt(5 * .35 * .65 / 4), possible_high = sqrt(5 / 4 * (3.45 - 1) * (7 - 3.45)), decision = "possible")),
  "Bhatia and Davis (2000), American Mathematical Monthly 107", "sqrt(n / (n - 1) * (M - low) * (high - M)) at the ends of the rounded mean")
h <- .0005; l3 <- list(a = c(.712, .804, .755))
for (f in c("ave", "composite_reliability")) { g <- if (f == "ave") ave else cr
  write(paste0(f, "_digits"), "loadings with three decimals", f, NULL, list(loadings = l3, digits = 3), list(list(term = "a", estimate = g(l3$a), n = 3, possible_low = g(l3$a - h), possible_high = g(l3$a + h))),
    "Fornell and Larcker (1981), Journal of Marketing Research 18, 39-50, p. 45-46", "the formula at the loadings and half a unit around them") }
write("reported_digits", "the same claim from numbers with two decimals", "reported", NULL,
  list(test = "t_independent", values = list(mean = c(5.25, 5.22), sd = c(.95, .83), n = c(95, 89)), claimed = list(statistic = .25, p_value = .7), digits = 2),
  list(list(term = "statistic", recomputed = t0, reported = .25, possible_low = min(ts), possible_high = max(ts), decision = "amber"),
    list(term = "p_value", recomputed = two_t(t0, 182), reported = .7, possible_low = min(ps), possible_high = max(ps), decision = "red")),
  "base R, all corners of the rounding box", "expand.grid(m ± .005, s ± .005)", list(decision = "red"))
t_1 <- function(t) two_t(t, 28)
write("p_values_level", "a p value that is wrong on the other side of .01 only", "p_values", NULL, list(text = "t(28) = 2.60, p = .008 and t(28) = 2.60, p = .03", conf_level = .99), list(
  row("1: t(28) = 2.60, p = .008", .008, 2.6, .005, t_1, "decision_error", df = 28), row("2: t(28) = 2.60, p = .03", .03, 2.6, .005, t_1, "inconsistent", df = 28)),
  "base R distribution functions", "2 * pt(-abs(t), df); 1 - conf_level = .01", list(decision = "decision_error"))
